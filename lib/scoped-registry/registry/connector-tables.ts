import {clearDictionary} from '../primitives/own-property';
import type {ConnectorEntry, Dictionary, ModelClass} from '../juggler/types';
import {WeakBag} from '../primitives/weak-bag';
import {emptyEntry, TableReference, type LendingTables} from './connector-entries';

/**
 * The connectors' tables of one registry's models (`connector._models`). The registry keeps them in place of the connectors. So a
 * connector that many tenants share sees the running tenant's table, and a connector that outlives a tenant holds no table of it.
 */
export class ConnectorTables implements LendingTables {
  #tables: WeakMap<object, Dictionary<ConnectorEntry>> | undefined;
  #references: WeakMap<object, TableReference> | undefined;
  /** All tables, for `clear`: the memory connector hands the table object itself to the connector of a transaction. */
  #all = new WeakBag<Dictionary<ConnectorEntry>>();
  readonly #end: {refuse?: () => never} = {};

  /** @param shared the tables of the shared registry: a tenant's table inherits from the shared one, as `registry.models` does */
  constructor(readonly shared: ConnectorTables | undefined) {}

  /** The table of a connector, which is made on the first call. */
  tableOf(connector: object): Dictionary<ConnectorEntry> {
    let table = this.#tables?.get(connector);
    if (!table) {
      table = Object.create(this.shared?.tableOf(connector) ?? Object.prototype) as Dictionary<ConnectorEntry>;
      (this.#tables ??= new WeakMap()).set(connector, table);
      this.#all.add(table);
    }
    return table;
  }

  /** Leads to the table of a connector, and does not keep it. */
  referenceTo(connector: object): TableReference {
    let reference = this.#references?.get(connector);
    if (!reference) {
      reference = new TableReference(this.tableOf(connector), this.#end);
      (this.#references ??= new WeakMap()).set(connector, reference);
    }
    return reference;
  }

  /** The tables with an entry of a class. */
  *tablesWith(model: ModelClass): IterableIterator<Dictionary<ConnectorEntry>> {
    const name = model.modelName;
    for (const table of this.#all) if (Object.hasOwn(table, name) && table[name].model === model) yield table;
  }

  /** Copies the entries of a table that a connector filled before it was adopted. */
  adopt(connector: object, table: Dictionary<ConnectorEntry>): void {
    Object.assign(this.tableOf(connector), table);
  }

  /** Starts a new table with these entries: some connectors assign `_models`. */
  replace(connector: object, table: Dictionary<ConnectorEntry>): void {
    this.#tables?.delete(connector);
    this.adopt(connector, table);
    this.#references?.get(connector)?.moveTo(this.tableOf(connector));
  }

  /**
   * Empties the tables and their entries in place, because connectors and user code may hold them, and forgets them.
   * @param error makes the error for a use of an entry
   */
  clear(error: () => Error): void {
    const refuse = (this.#end.refuse = refusalBy(error));
    for (const table of this.#all) {
      for (const name of Object.keys(table)) emptyEntry(table[name], refuse);
      clearDictionary(table);
    }
    this.#all.clear();
    this.#tables = this.#references = undefined;
  }
}

/** Made here, because a closure keeps all variables that closures of its function use. */
function refusalBy(error: () => Error): () => never {
  return () => {
    throw error();
  };
}
