/** Measures one group in a process of its own, so that no group and no side has the heap or the compiled code of another. */
import type {Samples, Side} from './group';
import {GROUPS, type GroupName} from './groups';

export interface Order {
  readonly group: GroupName;
  readonly sides: readonly Side[];
  readonly short: boolean;
}

export type Message =
  | {readonly type: 'progress'; readonly share: number}
  | {readonly type: 'samples'; readonly samples: Samples}
  | {readonly type: 'failure'; readonly message: string};

const tell = (message: Message) => process.send!(message);

// a terminal interrupts both processes: the other one ends this one
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
process.once('message', ({group, sides, short}: Order) => {
  GROUPS[group]
    .measure(sides, short, share => tell({type: 'progress', share}))
    .then(
      samples => tell({type: 'samples', samples}),
      (error: unknown) => tell({type: 'failure', message: error instanceof Error ? error.stack! : String(error)}),
    )
    .finally(() => process.disconnect());
});
