import {removeDefaultBase} from '../classes/default-base-class';
import {clearDictionary, ownValue} from '../primitives/own-property';
import type {ConnectorEntry, Dictionary, ModelClass, StockDataSource, StockModelBuilder} from '../juggler/types';
import {fixedDictionaryOf} from './dictionaries';
import type {OwningRegistry} from '../ownership/owning-registry';

/**
 * Removes a class of an ending registry from everything outside the registry that it was attached to: the shared registry, and juggler's
 * own builders and datasources. The datasources of this library, and its builders that forward, have accessors that find the dictionary of
 * the moment. These are not called, because they would look for a registry of the tenant that is ending.
 */
export function detachClass(model: ModelClass, shared: (OwningRegistry & object) | undefined): void {
  // read own properties only: a transaction's copy inherits from the copied class, which throws if it is sealed already
  const name = ownValue<string>(model, 'modelName')!;
  const dataSource = ownValue<StockDataSource>(model, 'dataSource');
  const modelBuilder = ownValue<StockModelBuilder>(model, 'modelBuilder');
  const connector = dataSource?.connector;
  for (const holder of [shared, dataSource, modelBuilder]) {
    const models = holder && fixedDictionaryOf(holder, 'models');
    if (!models || ownValue(models, name) !== model) continue;
    delete models[name];
    delete fixedDictionaryOf(holder, 'definitions')?.[name];
  }
  const tables = [connector && shared?.tables.tableOf(connector), ownValue<Dictionary<ConnectorEntry>>(connector, '_models')];
  for (const table of tables) {
    // the entry of a transaction's table may be emptied already
    if (ownValue(ownValue<ConnectorEntry>(table, name), 'model') === model) delete table![name];
  }
}

/** Makes each model in a transaction's dictionary throw `error()`: user code may use the transaction after its registry has ended. */
export function refuseModelsOf(dictionary: object, error: () => Error): void {
  const get = () => {
    throw error();
  };
  for (const name of Object.keys(dictionary))
    Object.defineProperty(dictionary, name, {get, enumerable: false, configurable: true});
}

/** Removes the base class and the mixins from a builder of an ended registry, because user code may keep the builder. */
export function releaseBuilder(builder: StockModelBuilder): void {
  removeDefaultBase(builder);
  // read the own value only: if the mixins were never used, the accessor would make them, and look for a registry
  const provider = ownValue<StockModelBuilder['mixins']>(builder, 'mixins');
  if (provider) clearDictionary(provider.mixins);
}
