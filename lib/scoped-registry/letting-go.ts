import {ownerOf} from './class-owner';
import {clear, ownValue} from './dictionary';
import type {ConnectorEntry, Dictionary, ModelClass, StockModelBuilder} from './juggler';
import type {ModelRegistry} from './model-registry';

/**
 * Takes a class out of what it was attached to outside its registry: the shared registry, stock builders and
 * datasources. Those of this library find their dictionaries through accessors; these are not called, for they would
 * look for a registry of the tenant that is ending.
 */
export function takeBack(model: ModelClass, shared: ModelRegistry | undefined): void {
  const {modelName: name, dataSource, modelBuilder} = model;
  const connector = dataSource?.connector;
  for (const holder of [shared, dataSource, modelBuilder]) {
    const models = ownValue<Dictionary<ModelClass>>(holder, 'models');
    if (!models || ownValue(models, name) !== model) continue;
    delete models[name];
    delete ownValue<Dictionary<unknown>>(holder, 'definitions')?.[name];
  }
  const tables = [connector && shared?.tables.of(connector), ownValue<Dictionary<ConnectorEntry>>(connector, '_models')];
  for (const table of tables) {
    if (ownValue<ConnectorEntry>(table, name)?.model === model) delete table![name];
  }
}

/** A builder that belonged to a registry may outlive it; its base class and mixins may not. */
export function release(builder: StockModelBuilder, registry: ModelRegistry): void {
  if (ownerOf(builder.defaultModelBaseClass) === registry) delete (builder as Partial<StockModelBuilder>).defaultModelBaseClass;
  clear(builder.mixins.mixins);
}
