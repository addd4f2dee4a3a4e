import {isExclusive, registryOf, scopeOf, tenantOwnedOf} from '../binding/builder-binding';
import {guardDisconnects, noteConnectionAttempts} from './connection-attempts';
import {guardConnectorCalls} from './connector-calls';
import {noteTenantOfConnector} from '../operations/cross-tenant-use';
import {useOf} from '../operations/data-source-use';
import {ConnectorSharedError} from '../errors';
import type {Connector, ConnectorEntry, Dictionary, StockDataSource, StockModelBuilder} from '../juggler/types';
import {lendEntries} from '../registry/connector-entries';
import {haveSameItems} from '../primitives/same-items';

/** The builder whose registries keep the table of models of each connector. */
const adopted = new WeakMap<Connector, StockModelBuilder>();

/**
 * Moves a connector's table of models to the registry. The table is `_models` of loopback-connector's base class and of juggler's own
 * connectors. It becomes an accessor to the table of the builder's current registry, which the connector reads and writes as before.
 * @throws ConnectorSharedError `CONNECTOR_SHARED` if the connector already serves a datasource of another tenant or registry
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
  // before any change: this throws if the tenant has ended, and a later call must be able to adopt the connector
  const registry = registryOf(builder);
  adopted.set(connector, builder);
  lendEntries(connector, () => registryOf(builder));
  const owned = tenantOwnedOf(builder);
  if (owned) noteTenantOfConnector(connector, owned);
  guardConnectorCalls(connector, builder, useOf(dataSource));
  noteConnectionAttempts(connector, dataSource);
  guardDisconnects(connector);
  const property = Object.getOwnPropertyDescriptor(connector, '_models');
  // some connectors have no such table
  if (!property?.configurable || typeof property.value !== 'object' || property.value === null) return;
  // if the builder follows the running tenant, the models in this table were defined while no tenant was running
  const {tables} = isExclusive(builder) ? registry : (registry.shared ?? registry);
  tables.adopt(connector, property.value as Dictionary<ConnectorEntry>);
  Object.defineProperty(connector, '_models', {
    get: () => registryOf(builder).tables.tableOf(connector),
    set: (table: Dictionary<ConnectorEntry>) => registryOf(builder).tables.replace(connector, table),
    enumerable: true,
    configurable: true,
  });
}
