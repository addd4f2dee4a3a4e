import type {Connector, ConnectorEntry, ModelClass} from '../juggler/types';
import {defineOwn} from '../primitives/own-property';

/** A class has one entry, or few: one for each connector that it was attached to. */
const MOST_ENTRIES = 16;

/** By class: the entries that connectors got for it. */
const entriesOf = new WeakMap<ModelClass, readonly ConnectorEntry[]>();

/**
 * Notes each entry that a connector gets by its `define`. A connector may keep the entry elsewhere than in its table of models, and so
 * keep the class after its registry has ended.
 */
export function noteConnectorEntries(connector: Connector): void {
  const {define} = connector;
  if (typeof define !== 'function') return;
  const noting = function (this: Connector, entry: ConnectorEntry, ...rest: []): void {
    const {model} = entry;
    entriesOf.set(model, [...(entriesOf.get(model) ?? []), entry].slice(-MOST_ENTRIES));
    define.call(this, entry, ...rest);
  };
  Object.defineProperty(noting, 'length', {value: define.length});
  defineOwn(connector, 'define', noting, true);
}

/** Empties the entries of a class whose registry has ended. Their `model` throws as the class itself does. */
export function emptyConnectorEntries(model: ModelClass, refuse: () => never): void {
  for (const entry of entriesOf.get(model) ?? []) {
    for (const key of Reflect.ownKeys(entry)) Reflect.deleteProperty(entry, key);
    Object.defineProperty(entry, 'model', {get: refuse, configurable: true});
    entry.properties = {};
    entry.settings = {};
  }
  entriesOf.delete(model);
}
