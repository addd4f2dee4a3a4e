import {isExclusive, registryOf, scopeOf} from '../binding/builder-binding';
import {guardConnectorCalls} from './connector-calls';
import {useOf} from '../operations/data-source-use';
import {ConnectorSharedError} from '../errors';
import type {Connector, ConnectorEntry, Dictionary, StockDataSource, StockModelBuilder} from '../juggler/types';
import {haveSameItems} from '../primitives/same-items';

/** The builder whose registry keeps a connector's table of models. */
const adopted = new WeakMap<Connector, StockModelBuilder>();

/**
 * Lets the registry of the moment keep a connector's table of models (`_models`, of loopback-connector's base class and
 * of juggler's own connectors). The connector reads and writes it as before.
 * @throws ConnectorSharedError `CONNECTOR_SHARED` where the connector serves another tenant's datasource
 */
export function adoptConnector(connector: Connector, dataSource: StockDataSource): void {
  const builder = dataSource.modelBuilder;
  const known = adopted.get(connector);
  if (known) {
    if (!haveSameItems(scopeOf(known), scopeOf(builder)) && (isExclusive(known) || isExclusive(builder))) {
      throw new ConnectorSharedError(String((connector as {name?: unknown}).name));
    }
    return;
  }
  // asked first: where the tenant has ended the connector waits for the next one
  const registry = registryOf(builder);
  adopted.set(connector, builder);
  guardConnectorCalls(connector, builder, useOf(dataSource));
  const property = Object.getOwnPropertyDescriptor(connector, '_models');
  // a connector without such a table keeps nothing that juggler knows of
  if (!property?.configurable || typeof property.value !== 'object' || property.value === null) return;
  // what it knows already was made by no tenant's work, unless all of its work is one tenant's
  const {tables} = isExclusive(builder) ? registry : (registry.shared ?? registry);
  tables.adopt(connector, property.value as Dictionary<ConnectorEntry>);
  Object.defineProperty(connector, '_models', {
    get: () => registryOf(builder).tables.tableOf(connector),
    set: (table: Dictionary<ConnectorEntry>) => registryOf(builder).tables.replace(connector, table),
    enumerable: true,
    configurable: true,
  });
}
