import {readFileSync} from 'node:fs';

/**
 * The code of a page that goes on by diffs: the first block of `js`, and what it is after each block of `diff`. Lines of a
 * diff that are left alone say where its changes belong; a line of `…` stands between two places.
 */
export function codeBySteps(page: string): string[] {
  const steps: string[] = [];
  for (const [, language, block] of readFileSync(page, 'utf8').matchAll(/```(js|diff)\n([\s\S]*?)```/g)) {
    if (language === 'js') steps.push(block);
    else steps.push(block.split('…\n').reduce(changed, steps.at(-1)!));
  }
  return steps;
}

function changed(code: string, hunk: string): string {
  const lines = hunk.trimEnd().split('\n');
  const side = (sign: string) =>
    lines
      .filter(line => line === '' || ' '.concat(sign).includes(line[0]))
      .map(line => `${line.slice(1)}\n`)
      .join('');
  const [before, after] = [side('-'), side('+')];
  if (code.split(before).length !== 2) throw new Error(`The code has no such place, or several:\n${before}`);
  return code.replace(before, () => after);
}
