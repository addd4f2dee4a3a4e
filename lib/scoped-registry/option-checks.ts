import {InvalidOptionError} from './errors';

type Given<Options> = {[Name in keyof Options]: Exclude<Options[Name], undefined>};

/**
 * The options that have a value: an explicit undefined counts as left out.
 * @param taker what takes them, for messages
 * @throws InvalidOptionError `INVALID_OPTION`, where `options` is no object or has a name besides `names`
 */
export function givenOptions<Options extends object>(taker: string, options: Options, names: readonly string[]): Given<Options> {
  assertObject(taker, options);
  assertKnownNames(options, names, `${taker} takes ${names.join(', ')}.`);
  return withoutUndefined(options);
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertObject(taker: string, options: object): void {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError(`${taker} takes an object of options.`);
}

/**
 * Refuses names that mean nothing: a misspelt option would otherwise have no effect, and no message.
 * @param allowed the sentence of the message that tells the names
 * @param what the word of the message for a name
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function assertKnownNames(options: object, names: readonly string[], allowed: string, what = 'option'): void {
  const unknown = Object.keys(options).filter(name => !names.includes(name));
  if (unknown.length > 0) throw new InvalidOptionError(`Unknown ${what} ${unknown.join(', ')}. ${allowed}`);
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(`${name} must be a function.`);
}

export function withoutUndefined<Options extends object>(options: Options): Given<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<Options>;
}
