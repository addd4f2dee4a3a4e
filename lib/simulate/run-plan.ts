import {fork} from 'node:child_process';
import path from 'node:path';
import type {Message, Plan, Result} from './simulation';

/**
 * Runs a plan in a child process, which ends with this one and on abort.
 * @param heapLimit of the child, in MB
 */
export function runPlan(plan: Plan, onProgress: (done: number) => void, signal: AbortSignal, heapLimit: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'simulate-process.js'), [], {
      execArgv: [`--max-old-space-size=${heapLimit}`, '--expose-gc'],
      signal,
    });
    let result: Result | undefined;
    child.on('message', (message: Message) => {
      if (message.type === 'progress') onProgress(message.done);
      else result = message.result;
    });
    child.on('error', reject);
    child.on('exit', (code, killedBy) => {
      if (result) resolve(result);
      else
        reject(
          new Error(
            `The simulation of ${plan.implementation} ended without a result (${killedBy ?? `exit code ${code}`}). Fewer --tenants need less memory.`,
          ),
        );
    });
    child.send(plan);
  });
}
