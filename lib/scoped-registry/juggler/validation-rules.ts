import type {Dictionary} from './types';

/** A property from which juggler makes validations: a required property, a property of type Date, or a generated id. */
export interface PropertyRule {
  readonly name: string;
  readonly type?: unknown;
  readonly required?: unknown;
  /** The property is a generated id: a new instance must not have a value for it. */
  readonly generated?: true;
}

/**
 * Returns a rule for each property for which juggler's `registerProperty` adds validations: required properties, and those of
 * type Date.
 * @param types what the properties resolved to, in the order of the keys of `raw`
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
