import {fork} from 'node:child_process';
import path from 'node:path';
import type {RowId} from './bounds';
import type {Samples, Side} from './group';
import {GROUPS, type GroupName} from './groups';
import {measurementOf, type Measurement, type Sampled} from './measurement';
import type {Message, Task} from './measure-process';

/** The default heap limit in MB. It is more than stock needs in any row. */
const DEFAULT_HEAP_LIMIT = 8192;

/**
 * Measures the rows of a group in new processes: stock first, then this library, as often as the group says.
 * @param progress is called with the share of the work that is done, from 0 to 1
 */
export async function measure(
  name: GroupName,
  short: boolean,
  progress: (share: number) => void,
): Promise<Map<RowId, Measurement>> {
  const {apart, repetitions, rows, heapLimit} = GROUPS[name] as (typeof GROUPS)[GroupName] & {heapLimit?: number};
  const processes: (readonly Side[])[] = apart ? [['stock'], ['ours']] : [['stock', 'ours']];
  const tasks = Array.from({length: short ? 1 : repetitions}, () => processes).flat();
  const runs: {readonly sides: readonly Side[]; readonly samples: Samples | 'died'}[] = [];
  for (const [index, sides] of tasks.entries()) {
    const samples = await inProcess({group: name, sides, short}, heapLimit ?? DEFAULT_HEAP_LIMIT, share =>
      progress((index + share) / tasks.length),
    );
    progress((index + 1) / tasks.length);
    runs.push({sides, samples});
  }
  const sampled = (row: RowId, side: Side): Sampled =>
    runs.some(({sides, samples}) => samples === 'died' && sides.includes(side))
      ? 'died'
      : runs.flatMap(({samples}) => (samples as Samples)[row]?.[side] ?? []);
  return new Map(rows.map(row => [row, measurementOf(sampled(row, 'stock'), sampled(row, 'ours'))]));
}

function inProcess(task: Task, heapLimit: number, progress: (share: number) => void): Promise<Samples | 'died'> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'measure-process.js'), [], {
      execArgv: [`--max-old-space-size=${heapLimit}`, '--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // JSON has no NaN.
      serialization: 'advanced',
    });
    let stderr = '';
    let failure: string | undefined;
    let result: Samples | undefined;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-10_000)));
    child.on('message', (message: Message) => {
      if (message.type === 'progress') progress(message.share);
      else if (message.type === 'samples') result = message.samples;
      else failure = message.message;
    });
    child.on('error', reject);
    // `close`, not `exit`: it comes after stderr was read to its end.
    child.on('close', (code, signal) => {
      if (result) resolve(result);
      else if (stderr.includes('heap out of memory')) resolve('died');
      else reject(new Error(`${task.group} (${task.sides.join(', ')}) failed: ${failure ?? `${signal ?? code}\n${stderr}`}`));
    });
    child.send(task);
  });
}
