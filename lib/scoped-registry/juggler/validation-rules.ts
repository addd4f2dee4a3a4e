import type {Dictionary} from './types';

/** What juggler makes validations of: a property that is required or a date, an id that is generated. */
export interface PropertyRule {
  readonly name: string;
  readonly type?: unknown;
  readonly required?: unknown;
  /** It must be absent where an instance is new. */
  readonly generated?: true;
}

/**
 * The rules of a property set, as juggler's `registerProperty` has them.
 * @param types what the properties resolved to, in their order
 */
export function rulesOf(raw: Dictionary<unknown>, types: readonly unknown[]): PropertyRule[] {
  const rules: PropertyRule[] = [];
  let index = 0;
  for (const name of Object.keys(raw)) {
    const type = types[index++];
    const property = raw[name];
    const required = typeof property === 'object' && property !== null && (property as {required?: unknown}).required;
    if (type === Date || required) rules.push({name, type, required});
  }
  return rules;
}
