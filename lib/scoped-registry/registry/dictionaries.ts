import {InvalidOptionError} from '../errors';

/**
 * Shows a registry's dictionary as a property of a builder or datasource. The property cannot be assigned: models that juggler looked up
 * in another dictionary would be no models of the registry.
 * @param read returns the dictionary now
 */
export function showDictionary(owner: object, name: 'models' | 'definitions', read: () => object): void {
  Object.defineProperty(owner, name, {get: read, set: REFUSALS[name], enumerable: true, configurable: true});
}

/** The setters of properties that show a dictionary. */
export const REFUSALS = {models: refusal('models'), definitions: refusal('definitions')} as const;

/** @throws InvalidOptionError `INVALID_OPTION` */
function refusal(name: string): (value: unknown) => never {
  return () => {
    throw new InvalidOptionError(
      `The ${name} of a ModelBuilder or DataSource with a registry are the registry's and cannot be replaced. ` +
        `To remove a model, call deleteModelByName(name). To begin without models, make a builder or datasource with another registry.`,
    );
  };
}
