import {InvalidOptionError} from './errors';
import {got} from './got';

/** Options without those whose value is undefined. */
type Given<Options> = {[Name in keyof Options]: Exclude<Options[Name], undefined>};

/**
 * Checks the options of a public function or class, and returns those that have a value. An explicit undefined counts as left out.
 * @param taker the function or class that takes the options, for messages
 * @throws InvalidOptionError `INVALID_OPTION` if `options` is not an object, or has a name that is not one of `names`
 */
export function givenOptions<Options extends object>(taker: string, options: Options, names: readonly string[]): Given<Options> {
  assertObject(taker, options);
  assertKnownNames(options, names, `${taker} takes ${names.join(', ')}.`);
  return withoutUndefined(options);
}

/** @throws InvalidOptionError `INVALID_OPTION` if `options` is not an object */
export function assertObject(taker: string, options: object): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError(`${taker} takes an object of options, ${got(options)}.`);
}

/**
 * Refuses unknown option names. Otherwise a misspelt option would have no effect and give no message.
 * @param allowed the sentence of the message that lists the known names
 * @param noun the message's word for such a name
 * @throws InvalidOptionError `INVALID_OPTION` if a name is unknown
 */
export function assertKnownNames(options: object, names: readonly string[], allowed: string, noun = 'option'): void {
  const unknown = Object.keys(options).filter(name => !names.includes(name));
  if (unknown.length > 0) throw new InvalidOptionError(`Unknown ${noun} ${unknown.join(', ')}. ${allowed}`);
}

/** @throws InvalidOptionError `INVALID_OPTION` if `value` is not a function */
export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(`${name} must be a function, ${got(value)}.`);
}

/** @throws InvalidOptionError `INVALID_OPTION` if `value` is not a boolean */
export function assertBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(`${name} must be true or false, ${got(value)}.`);
}

/** A copy of the options without those whose value is undefined. */
export function withoutUndefined<Options extends object>(options: Options): Given<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<Options>;
}
