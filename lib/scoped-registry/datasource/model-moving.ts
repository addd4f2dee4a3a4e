import {builderOf, redirectingTo} from '../binding/builder-binding';
import {unreadNamedRecordOf} from '../classes/named-class-record';
import {ownValue} from '../primitives/own-property';
import {lazyConnectorEntry} from './lazy-connector-entry';
import type {ConnectorEntry, ModelClass, StockDataSource} from '../juggler/types';
import type {ModelRegistry} from '../registry/model-registry';
import {moves} from '../registry/name-changes';

/**
 * Moves a registry's models to the datasource that has taken the place of theirs. Each class stays the same, with its relations,
 * hooks and overridden methods. juggler's `attach` would define the relations anew and overwrite the methods.
 * @param mayMove whether the models of a datasource are to be moved
 * @param to must have the registry's tenant
 */
export function moveModels(
  registry: ModelRegistry,
  mayMove: (dataSource: StockDataSource) => boolean,
  to: StockDataSource,
): void {
  const moved: ModelClass[] = [];
  const left = new Set<StockDataSource>();
  const own = new Set(registry.classes());
  for (const model of new Set([...Object.values(registry.catalogue.models), ...own])) {
    // of a redefined class it is an accessor; that of another registry's class is not called, because it may do anything
    const from = own.has(model)
      ? (model.dataSource as StockDataSource | undefined)
      : ownValue<StockDataSource>(model, 'dataSource');
    if (!from || from === to || !mayMove(from)) continue;
    if (isOfSameKind(from, to)) moveModel(model, from, to);
    else to.attach(model);
    left.add(from);
    if (registry.catalogue.isListed(model)) moved.push(model);
  }
  for (const from of left) registry.catalogue.movedTo(from, to);
  if (moved.length === 0) return;
  const introduce = () => introduceAll(moved, registry, to);
  // some connectors are made later than their datasource
  if (to.connector) introduce();
  else to.once('initialized', introduce);
}

/** Whether both datasources give a model the same methods and the same type of id. Unknown while a connector is not made yet. */
function isOfSameKind(from: StockDataSource, to: StockDataSource): boolean {
  const [known, next] = [from, to].map(({connector}) => connector as {DataAccessObject?: unknown} & StockDataSource['connector']);
  if (!known || !next) return true;
  return known.DataAccessObject === next.DataAccessObject && known.getDefaultIdType?.() === next.getDefaultIdType?.();
}

function moveModel(model: ModelClass, from: StockDataSource, to: StockDataSource): void {
  model.dataSource = to;
  moves.changes++;
  // as juggler's `attach` does: the class is the datasource's own now
  model.modelBuilder = builderOf(to.modelBuilder);
  // the methods are the same; the list tells juggler that the model has them, and must not grow with each move
  const mixins = ownValue<unknown[]>(model, '_mixins');
  const index = mixins?.indexOf(from.DataAccessObject) ?? -1;
  if (index >= 0) mixins![index] = to.DataAccessObject;
}

function introduceAll(models: readonly ModelClass[], registry: ModelRegistry, {connector, modelBuilder}: StockDataSource): void {
  if (!connector?.define || registry.disposed) return;
  redirectingTo(registry, modelBuilder, () => {
    for (const model of models) connector.define!(entryOf(model));
  });
}

/** The same entry as juggler's `setupDataAccess` makes, without reading a definition that is unread. */
function entryOf(model: ModelClass): ConnectorEntry {
  const record = unreadNamedRecordOf(model);
  if (record) return lazyConnectorEntry(model, model.settings, record);
  return {model, properties: model.definition!.properties, settings: model.settings};
}
