import {SingleBar} from 'cli-progress';

/** Shows how much of a long run is done. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** The shortest time between two lines when the stream is no terminal, in milliseconds. */
const LINE_INTERVAL = 15_000;

/** Shows a moving bar on a terminal. In a pipe or a log it writes a line now and then, and one at the end. */
export function showProgress(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(label, total, stream) : lines(label, total, stream);
}

function bar(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    stream,
    // The line must fit into 80 columns, because cli-progress cuts off a longer one.
    format: `${label} {bar} {percentage}% {duration_formatted}`,
    barsize: 32,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    emptyOnZero: true,
  });
  bar.start(total, 0);
  return {update: done => bar.update(done), stop: () => bar.stop()};
}

function lines(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const start = performance.now();
  let lineAt = start;
  let done = 0;
  const write = (now: number) => {
    lineAt = now;
    stream.write(`${label} ${String(Math.floor((done / total) * 100)).padStart(3)}% ${Math.round((now - start) / 1000)}s\n`);
  };
  return {
    update(value) {
      done = value;
      const now = performance.now();
      if (now - lineAt >= LINE_INTERVAL) write(now);
    },
    stop: () => write(performance.now()),
  };
}
