import {clearDictionary, ownValue} from '../primitives/own-property';
import type {ConnectorEntry, Dictionary, ModelClass, StockDataSource, StockModelBuilder} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';

/**
 * Takes a class out of what it was attached to outside its registry: the shared registry, stock builders and
 * datasources. Those of this library find their dictionaries through accessors; these are not called, for they would
 * look for a registry of the tenant that is ending.
 */
export function detachClass(model: ModelClass, shared: (OwningRegistry & object) | undefined): void {
  // its own: a transaction's copy of a class inherits from the class, which may be sealed already
  const name = ownValue<string>(model, 'modelName')!;
  const dataSource = ownValue<StockDataSource>(model, 'dataSource');
  const modelBuilder = ownValue<StockModelBuilder>(model, 'modelBuilder');
  const connector = dataSource?.connector;
  for (const holder of [shared, dataSource, modelBuilder]) {
    const models = ownValue<Dictionary<ModelClass>>(holder, 'models');
    if (!models || ownValue(models, name) !== model) continue;
    delete models[name];
    delete ownValue<Dictionary<unknown>>(holder, 'definitions')?.[name];
  }
  const tables = [connector && shared?.tables.tableOf(connector), ownValue<Dictionary<ConnectorEntry>>(connector, '_models')];
  for (const table of tables) {
    if (ownValue<ConnectorEntry>(table, name)?.model === model) delete table![name];
  }
}

/** The models of a transaction that outlives its registry: it is still asked for them by name. */
export function refuseModelsOf(dictionary: object, error: () => Error): void {
  const get = () => {
    throw error();
  };
  for (const name of Object.keys(dictionary))
    Object.defineProperty(dictionary, name, {get, enumerable: false, configurable: true});
}

/** A builder that belonged to a registry may outlive it; its base class and mixins may not. */
export function releaseBuilder(builder: StockModelBuilder): void {
  delete (builder as Partial<StockModelBuilder>).defaultModelBaseClass;
  // made on first use, which would look for a registry
  const provider = ownValue<StockModelBuilder['mixins']>(builder, 'mixins');
  if (provider) clearDictionary(provider.mixins);
}
