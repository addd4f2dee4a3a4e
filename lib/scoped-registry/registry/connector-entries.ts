import {isModelClass, type Connector, type ConnectorEntry, type Dictionary} from '../juggler/types';
import type {DefineJournal} from './define-journal';
import {defineOwn, ownValue} from '../primitives/own-property';

/** Under this own property, a stand-in has its loan. */
const LOAN = Symbol('loan');

/** Leads to a connector's table of one registry, and keeps neither alive. */
export class TableReference {
  #table: WeakRef<Dictionary<ConnectorEntry>>;

  /** @param end shared by all tables of the registry: throws the error of the registry's end, once it has ended */
  constructor(
    table: Dictionary<ConnectorEntry>,
    private readonly end: {refuse?: () => never},
  ) {
    this.#table = new WeakRef(table);
  }

  /** The connector has another table from now on. */
  moveTo(table: Dictionary<ConnectorEntry>): void {
    this.#table = new WeakRef(table);
  }

  /** The present entry of a model. */
  entryOf(name: string): ConnectorEntry | undefined {
    return ownValue(this.#table.deref(), name);
  }

  assertUsable(): void {
    this.end.refuse?.();
  }
}

/** What a call of a connector must know of the registry to which it belongs. */
export interface LendingRegistry {
  readonly tables: LendingTables;
  readonly journal: DefineJournal;
}

/** The connectors' tables of one registry, and those of the registry that it shares. */
export interface LendingTables {
  readonly shared: LendingTables | undefined;
  tableOf(connector: object): Dictionary<ConnectorEntry>;
  referenceTo(connector: object): TableReference;
}

/**
 * What a stand-in for an object knows of it. While the connector's method runs, that is the object. After that it is the place in a
 * registry's table where the object is, or what has replaced it there. A connector may keep a stand-in for ever, also after the class was
 * redefined, its define has failed, or its tenant was evicted. It looks a model up by name, so it is right if the stand-in shows the
 * model that has the name.
 */
class Loan<T extends object> {
  readonly standIn: T;
  #original: T | undefined;
  #reference: TableReference | undefined;

  /** @param property the property for whose definition this stands in; undefined if it stands in for the entry of the model */
  constructor(
    original: T,
    private readonly modelName: string,
    private readonly property?: string,
  ) {
    this.#original = original;
    this.standIn = Object.defineProperty({}, LOAN, {value: this}) as T;
    for (const name of Object.keys(original)) Object.defineProperty(this.standIn, name, accessorOf(name));
  }

  /** Ends the call of the connector. What the connector has added to the stand-in goes to the object. */
  endCall(reference: TableReference | undefined): void {
    const original = this.#original as Dictionary<unknown>;
    for (const name of Object.keys(this.standIn)) {
      const property = Object.getOwnPropertyDescriptor(this.standIn, name)!;
      if (!('value' in property)) continue;
      original[name] = property.value;
      Object.defineProperty(this.standIn, name, accessorOf(name));
    }
    this.#reference = reference;
    this.#original = undefined;
  }

  read(name: string): unknown {
    const object = this.#find();
    if (object) return object[name];
    if (this.property !== undefined) return undefined;
    if (name === 'model') this.#reference?.assertUsable();
    return name === 'properties' || name === 'settings' ? {} : undefined;
  }

  write(name: string, value: unknown): void {
    const object = this.#find();
    if (object) object[name] = value;
  }

  #find(): Dictionary<unknown> | undefined {
    if (this.#original) return this.#original as Dictionary<unknown>;
    const entry = this.#reference?.entryOf(this.modelName);
    if (!entry || this.property === undefined) return entry as Dictionary<unknown> | undefined;
    return (entry.properties as Dictionary<Dictionary<unknown> | undefined> | undefined)?.[this.property];
  }
}

/** The accessors of every entry, which all stand-ins share: V8 would store an object with its own accessor functions as a hash table. */
const ofEntries = new Map(['model', 'properties', 'settings'].map(name => [name, makeAccessor(name)]));

function accessorOf(name: string): PropertyDescriptor {
  return ofEntries.get(name) ?? makeAccessor(name);
}

function makeAccessor(name: string): PropertyDescriptor & ThisType<{[LOAN]: Loan<object>}> {
  return {
    get() {
      return this[LOAN].read(name);
    },
    set(value: unknown) {
      this[LOAN].write(name, value);
    },
    enumerable: true,
    configurable: true,
  };
}

/**
 * Lends what a connector gets by its `define` and `defineProperty`. Its table of models has the entries themselves, and the table is the
 * registry's. What the connector may keep elsewhere are stand-ins, which keep no class alive.
 * @param registryNow the registry to which the connector's `_models` belongs at the moment
 */
export function lendEntries(connector: Connector, registryNow: () => LendingRegistry): void {
  const {define, defineProperty} = connector;
  /** The key of the table for what the connector does not put into its own. */
  const elsewhere = {};
  if (typeof define === 'function') {
    replaceMethod(connector, 'define', define, function (this: Connector, entry, ...rest) {
      if (!isModelClass(entry?.model)) return define.call(this, entry, ...rest);
      const {tables, journal} = registryNow();
      const {modelName} = entry.model;
      const loan = new Loan(entry, modelName);
      let reference;
      try {
        const result: unknown = define.call(this, loan.standIn, ...rest);
        const isInTable = ownValue(tables.tableOf(connector), modelName) === loan.standIn;
        const key = isInTable ? connector : elsewhere;
        const table = tables.tableOf(key);
        if (!isInTable) noteUndo(journal, table, modelName);
        defineOwn(table, modelName, entry, true);
        reference = tables.referenceTo(key);
        return result;
      } finally {
        loan.endCall(reference);
      }
    });
  }
  if (typeof defineProperty === 'function') {
    replaceMethod(
      connector,
      'defineProperty',
      defineProperty,
      function (this: Connector, modelName, property, definition, ...rest) {
        if (typeof definition !== 'object' || definition === null)
          return defineProperty.call(this, modelName, property, definition, ...rest);
        const known = findEntry(registryNow().tables, [connector, elsewhere], modelName);
        const loan = new Loan(definition, modelName, property);
        try {
          return defineProperty.call(this, modelName, property, loan.standIn, ...rest);
        } finally {
          const properties = known?.entry.properties as Dictionary<unknown> | undefined;
          if (properties && (known!.isElsewhere || ownValue(properties, property) === loan.standIn))
            defineOwn(properties, property, definition, true);
          loan.endCall(known?.reference);
        }
      },
    );
  }
}

/** If the running define fails, the name has its present entry again. The datasource's `define` does so for the connector's own table. */
function noteUndo(journal: DefineJournal, table: Dictionary<ConnectorEntry>, name: string): void {
  const before = Object.getOwnPropertyDescriptor(table, name);
  journal.note({
    undo() {
      if (before) Object.defineProperty(table, name, before);
      else delete table[name];
    },
  });
}

function replaceMethod<K extends 'define' | 'defineProperty'>(
  connector: Connector,
  name: K,
  method: Function,
  replacement: NonNullable<Connector[K]>,
): void {
  Object.defineProperty(replacement, 'length', {value: method.length});
  defineOwn(connector, name, replacement, true);
}

/** Finds the entry of a model in the tables of a registry, else in those of the shared one. */
function findEntry(
  tables: LendingTables,
  keys: readonly [connector: object, elsewhere: object],
  modelName: string,
): {entry: ConnectorEntry; reference: TableReference; isElsewhere: boolean} | undefined {
  for (let at: LendingTables | undefined = tables; at; at = at.shared) {
    for (const key of keys) {
      const entry = ownValue<ConnectorEntry>(at.tableOf(key), modelName);
      if (entry) return {entry, reference: at.referenceTo(key), isElsewhere: key !== keys[0]};
    }
  }
  return undefined;
}

/** Empties an entry of a table, which other code may have read from there. Its `model` throws as the class itself does. */
export function emptyEntry(entry: ConnectorEntry | undefined, refuse: () => never): void {
  // a connector may have put anything into its table
  if (!isModelClass(ownValue(entry, 'model')) || !Object.isExtensible(entry)) return;
  for (const key of Reflect.ownKeys(entry!)) Reflect.deleteProperty(entry!, key);
  Object.defineProperty(entry, 'model', {get: refuse, configurable: true});
  Object.assign(entry!, {properties: {}, settings: {}});
}
