import {fork} from 'node:child_process';
import path from 'node:path';
import {SimulationError, type Message, type Plan, type Result} from './simulation';

/**
 * Runs a plan in a child process. The child ends when this process ends, and when `signal` aborts.
 * @param heapLimit the heap limit of the child, in MB
 * @throws SimulationError, or the AbortError of `signal`
 */
export function runPlan(plan: Plan, onProgress: (done: number) => void, signal: AbortSignal, heapLimit: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'simulate-process.js'), [], {
      execArgv: [`--max-old-space-size=${heapLimit}`, '--expose-gc'],
      signal,
    });
    let result: Result | undefined;
    let failure: string | undefined;
    child.on('message', (message: Message) => {
      if (message.type === 'progress') onProgress(message.done);
      else if (message.type === 'result') result = message.result;
      else failure = message.message;
    });
    child.on('error', reject);
    child.on('exit', (code, killedBy) => {
      if (result) resolve(result);
      else
        reject(
          new SimulationError(
            `The simulation of ${plan.implementation} failed: ${failure ?? sudden(killedBy ?? `exit code ${code}`)}`,
          ),
        );
    });
    child.send(plan);
  });
}

function sudden(end: string): string {
  return `its process ended (${end}). If it ran out of memory, give it more with --heap, or simulate fewer --tenants.`;
}
