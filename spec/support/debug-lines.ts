import createDebug from 'debug';

/** Returns the lines that `work` writes to namespaces of `debug`. Other namespaces are disabled meanwhile. */
export async function debugLinesOf(namespaces: string, work: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const {log} = createDebug;
  const before = createDebug.disable();
  createDebug.enable(namespaces);
  createDebug.log = (_format: string, line: string) => void lines.push(line);
  try {
    await work();
  } finally {
    createDebug.log = log;
    createDebug.enable(before);
  }
  return lines;
}
