import {clearDictionary} from '../primitives/own-property';
import type {Connector, ConnectorEntry, Dictionary} from '../juggler/types';
import {WeakBag} from '../primitives/weak-bag';

/**
 * A registry's part of the model tables that connectors keep (`connector._models`). The table lives here, not on the
 * connector: a connector that many tenants share sees the running tenant's, and one that outlives its tenant holds none.
 */
export class ConnectorTables {
  #tables: WeakMap<Connector, Dictionary<ConnectorEntry>> | undefined;
  /** The same, to be emptied: connectors of transactions take the table itself. */
  #all = new WeakBag<Dictionary<ConnectorEntry>>();

  /** What tenants see of the shared registry's models is by inheritance, as in the registry's own dictionaries. */
  constructor(private readonly shared: ConnectorTables | undefined) {}

  tableOf(connector: Connector): Dictionary<ConnectorEntry> {
    let table = this.#tables?.get(connector);
    if (!table) {
      table = Object.create(this.shared?.tableOf(connector) ?? Object.prototype) as Dictionary<ConnectorEntry>;
      (this.#tables ??= new WeakMap()).set(connector, table);
      this.#all.add(table);
    }
    return table;
  }

  /** Takes over the table that a connector has filled before it was adopted. */
  adopt(connector: Connector, table: Dictionary<ConnectorEntry>): void {
    Object.assign(this.tableOf(connector), table);
  }

  /** For a connector that assigns a new table, to start over. */
  replace(connector: Connector, table: Dictionary<ConnectorEntry>): void {
    this.#tables?.delete(connector);
    this.adopt(connector, table);
  }

  clear(): void {
    for (const table of this.#all) clearDictionary(table);
    this.#all.clear();
    this.#tables = undefined;
  }
}
