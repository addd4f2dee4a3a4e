import {printed} from './errors';

const MOST_TEXT = 60;

/**
 * Says what a caller has given in place of what is wanted, with its type: `got "5" (a string)`. For the messages of errors. Never throws, and
 * calls no code of the value but the name of its class.
 */
export function got(value: unknown): string {
  return `got ${printed(() => described(value), 'a value that cannot be read')}`;
}

function described(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${JSON.stringify(value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT)}…` : value)} (a string)`;
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'symbol':
      return `${String(value)} (a ${typeof value})`;
    case 'function':
      return value.name ? `the function ${value.name}` : 'a function';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `an array of ${value.length} items`;
      return typeof (value as {then?: unknown}).then === 'function' ? 'a promise' : nameOfObject(value);
    default:
      return 'undefined';
  }
}

function nameOfObject(value: object): string {
  const {constructor} = value;
  if (constructor !== Object && typeof constructor === 'function' && constructor.name)
    return `an instance of ${constructor.name}`;
  const keys = Object.keys(value);
  return `an object with ${keys.length === 0 ? 'no properties' : `the properties ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''}`}`;
}
