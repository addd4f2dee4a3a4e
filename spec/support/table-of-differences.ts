import {readFileSync} from 'node:fs';
import path from 'node:path';
import {inspect} from 'node:util';

/** A row of a guide's tables of differences. `fork` and `here` are the first pieces of code in their cells. */
export interface Difference {
  readonly title: string;
  readonly fork: string;
  readonly here: string;
}

/** Reads the tables of a guide that begin with a column without a title. */
export function readDifferences(guide: string, secondColumn: string): Difference[] {
  const text = readFileSync(path.resolve(__dirname, '../../..', guide), 'utf8');
  const tables = text.matchAll(/^\| +\| .*\n\|[- |]+\|\n((?:\|.*\n)+)/gm);
  const ofDifferences = [...tables].filter(([table]) => table.split('\n')[0].includes(secondColumn));
  return ofDifferences
    .flatMap(([, rows]) => rows.trim().split('\n'))
    .map(row => {
      const [title, fork, here] = row
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim());
      return {title: title.replaceAll('`', ''), fork: codeOf(fork), here: codeOf(here)};
    });
}

/** What `work` comes to, as a guide writes it: its value, or the code of its error, or the error's name. */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    return inspect(await work(), {breakLength: Infinity})
      .replaceAll('[ ', '[')
      .replaceAll(' ]', ']');
  } catch (error) {
    const {code, name} = error as {code?: string; name: string};
    return code ?? name;
  }
}

function codeOf(cell: string): string {
  return /`([^`]+)`/.exec(cell)?.[1] ?? cell;
}
