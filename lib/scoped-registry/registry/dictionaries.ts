import {InvalidOptionError} from '../errors';
import type {Dictionary} from '../juggler/types';

type Name = 'models' | 'definitions';

/** By getter: the dictionary that it always returns. */
const dictionaries = new WeakMap<Function, Dictionary<unknown>>();

/**
 * Shows a dictionary of a registry as a property of a builder. The property cannot be assigned: models that juggler looked up in another
 * dictionary would be no models of the registry.
 */
export function showDictionary(builder: object, name: Name, dictionary: Dictionary<unknown>): void {
  const get = () => dictionary;
  dictionaries.set(get, dictionary);
  showWhatIsRead(builder, name, get);
}

/** The same for the owner of a property whose dictionary is found at each use. @param read finds it */
export function showWhatIsRead(owner: object, name: Name, read: () => object): void {
  Object.defineProperty(owner, name, {get: read, set: REFUSALS[name], enumerable: true, configurable: true});
}

/** The dictionary that an object has as its own property and that is always the same one. Finds no registry, and calls no accessor. */
export function fixedDictionaryOf(owner: object, name: Name): Dictionary<unknown> | undefined {
  const property = Object.getOwnPropertyDescriptor(owner, name);
  return property?.get ? dictionaries.get(property.get) : (property?.value as Dictionary<unknown> | undefined);
}

/** The setters of properties that show a dictionary. */
export const REFUSALS = {models: refusal('models'), definitions: refusal('definitions')} as const;

/** @throws InvalidOptionError `INVALID_OPTION` */
function refusal(name: Name): (value: unknown) => never {
  return () => {
    throw new InvalidOptionError(
      `The ${name} of a ModelBuilder or DataSource with a registry are the registry's and cannot be replaced. ` +
        `To remove a model, call deleteModelByName(name). To begin without models, make a builder or datasource with another registry.`,
    );
  };
}
