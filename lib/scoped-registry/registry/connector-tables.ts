import {clearDictionary} from '../primitives/own-property';
import type {Connector, ConnectorEntry, Dictionary, ModelClass} from '../juggler/types';
import {WeakBag} from '../primitives/weak-bag';

/**
 * The connectors' tables of one registry's models (`connector._models`). The registry keeps them in place of the connectors. So a
 * connector that many tenants share sees the running tenant's table, and a connector that outlives a tenant holds no table of it.
 */
export class ConnectorTables {
  #tables: WeakMap<Connector, Dictionary<ConnectorEntry>> | undefined;
  /** All tables, for `clear`: the memory connector hands the table object itself to the connector of a transaction. */
  #all = new WeakBag<Dictionary<ConnectorEntry>>();

  /** @param shared the tables of the shared registry: a tenant's table inherits from the shared one, as `registry.models` does */
  constructor(private readonly shared: ConnectorTables | undefined) {}

  /** The table of a connector, which is made on the first call. */
  tableOf(connector: Connector): Dictionary<ConnectorEntry> {
    let table = this.#tables?.get(connector);
    if (!table) {
      table = Object.create(this.shared?.tableOf(connector) ?? Object.prototype) as Dictionary<ConnectorEntry>;
      (this.#tables ??= new WeakMap()).set(connector, table);
      this.#all.add(table);
    }
    return table;
  }

  /** The tables with an entry of a class. */
  *tablesWith(model: ModelClass): IterableIterator<Dictionary<ConnectorEntry>> {
    const name = model.modelName;
    for (const table of this.#all) if (Object.hasOwn(table, name) && table[name].model === model) yield table;
  }

  /** Copies the entries of a table that a connector filled before it was adopted. */
  adopt(connector: Connector, table: Dictionary<ConnectorEntry>): void {
    Object.assign(this.tableOf(connector), table);
  }

  /** Starts a new table with these entries: some connectors assign `_models`. */
  replace(connector: Connector, table: Dictionary<ConnectorEntry>): void {
    this.#tables?.delete(connector);
    this.adopt(connector, table);
  }

  /** Empties the tables in place, because connectors may hold them, and forgets them. */
  clear(): void {
    for (const table of this.#all) clearDictionary(table);
    this.#all.clear();
    this.#tables = undefined;
  }
}
