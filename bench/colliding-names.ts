/** The hash FNV-1a over the characters of a text, from a given state on. */
function fnv(state: number, text: string): number {
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Makes names of equal length that all have the same FNV-1a hash. Every 14 blocks of two choices give 16,384 names: whoever finds two
 * texts that lead from one state to the same next state has doubled the number of names.
 * @param count how many
 * @param state the state before the first character
 */
export function collidingNames(count: number, state = fnv(0x811c9dc5, '\x01')): string[] {
  const blocks: (readonly [string, string])[] = [];
  while (2 ** blocks.length < count) {
    const block = collision(state);
    blocks.push(block);
    state = fnv(state, block[0]);
  }
  return Array.from({length: count}, (_, number) => blocks.map((block, index) => block[(number >> index) & 1]).join(''));
}

/** Two texts of four letters that lead to the same state. By the birthday paradox some ten thousand attempts find them. */
function collision(state: number): readonly [string, string] {
  const known = new Map<number, string>();
  for (let number = 0; ; number++) {
    let text = '';
    for (let rest = number; text.length < 4; rest = Math.floor(rest / LETTERS.length)) text += LETTERS[rest % LETTERS.length];
    const next = fnv(state, text);
    const other = known.get(next);
    if (other !== undefined) return [other, text];
    known.set(next, text);
  }
}

/** Names of the same length that nobody has chosen: the last letters of a random walk. */
export function ordinaryNames(count: number, length: number): string[] {
  let state = 1;
  const letter = () => LETTERS[(state = Math.imul(state, 48271) >>> 0) % LETTERS.length];
  return Array.from(
    {length: count},
    (_, number) => Array.from({length}, letter).join('').slice(6) + String(number).padStart(6, '0'),
  );
}

/** A document with a nested object for each name: as many structures as names. */
export function documentOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name, number) => [`p${number}`, {[name]: 1}]));
}
