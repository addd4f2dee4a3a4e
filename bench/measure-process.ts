/** The child process that measures one group, so that no group and no side shares a heap or compiled code with another. */
import type {Samples, Side} from './group';
import {GROUPS, type GroupName} from './groups';

/** The task that the benchmark sends to a child process. */
export interface Task {
  readonly group: GroupName;
  readonly sides: readonly Side[];
  readonly short: boolean;
}

export type Message =
  | {readonly type: 'progress'; readonly share: number}
  | {readonly type: 'samples'; readonly samples: Samples}
  | {readonly type: 'failure'; readonly message: string};

const send = (message: Message) => process.send!(message);

// Control-C in a terminal sends SIGINT to both processes. The parent process ends this one.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
process.once('message', ({group, sides, short}: Task) => {
  GROUPS[group]
    .measure(sides, short, share => send({type: 'progress', share}))
    .then(
      samples => send({type: 'samples', samples}),
      (error: unknown) => send({type: 'failure', message: error instanceof Error ? error.stack! : String(error)}),
    )
    .finally(() => process.disconnect());
});
