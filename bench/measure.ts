import {fork} from 'node:child_process';
import path from 'node:path';
import type {RowId} from './bounds';
import type {Samples, Side} from './group';
import {GROUPS, type GroupName} from './groups';
import {measurementOf, type Measurement, type Sampled} from './measurement';
import type {Message, Order} from './measure-process';

/** MB: more than stock needs in any row. */
const ENOUGH = 8192;

/**
 * Measures the rows of a group: stock first and ours after it, again and again, each in a new process.
 * @param progress is told how much of 1 is done
 */
export async function measure(
  name: GroupName,
  short: boolean,
  progress: (share: number) => void,
): Promise<Map<RowId, Measurement>> {
  const {apart, repetitions, rows, heapLimit} = GROUPS[name] as (typeof GROUPS)[GroupName] & {heapLimit?: number};
  const processes: (readonly Side[])[] = apart ? [['stock'], ['ours']] : [['stock', 'ours']];
  const orders = Array.from({length: short ? 1 : repetitions}, () => processes).flat();
  const runs: {readonly sides: readonly Side[]; readonly samples: Samples | 'died'}[] = [];
  for (const [index, sides] of orders.entries()) {
    const samples = await inProcess({group: name, sides, short}, heapLimit ?? ENOUGH, share =>
      progress((index + share) / orders.length),
    );
    progress((index + 1) / orders.length);
    runs.push({sides, samples});
  }
  const sampled = (row: RowId, side: Side): Sampled =>
    runs.some(({sides, samples}) => samples === 'died' && sides.includes(side))
      ? 'died'
      : runs.flatMap(({samples}) => (samples as Samples)[row]?.[side] ?? []);
  return new Map(rows.map(row => [row, measurementOf(sampled(row, 'stock'), sampled(row, 'ours'))]));
}

function inProcess(order: Order, heapLimit: number, progress: (share: number) => void): Promise<Samples | 'died'> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'measure-process.js'), [], {
      execArgv: [`--max-old-space-size=${heapLimit}`, '--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // NaN is none in JSON
      serialization: 'advanced',
    });
    let said = '';
    let failure: string | undefined;
    let result: Samples | undefined;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
    child.on('message', (message: Message) => {
      if (message.type === 'progress') progress(message.share);
      else if (message.type === 'samples') result = message.samples;
      else failure = message.message;
    });
    child.on('error', reject);
    // when its stderr has been read, too
    child.on('close', (code, signal) => {
      if (result) resolve(result);
      else if (said.includes('heap out of memory')) resolve('died');
      else reject(new Error(`${order.group} (${order.sides.join(', ')}) failed: ${failure ?? `${signal ?? code}\n${said}`}`));
    });
    child.send(order);
  });
}
