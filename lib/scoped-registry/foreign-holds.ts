import {ownerOf} from './class-owner';
import type {ModelClass, Relation} from './juggler';
import type {ModelRegistry} from './model-registry';
import {WeakBag} from './weak-bag';

interface Listener {
  readonly on: WeakRef<ModelClass>;
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/**
 * What models of other registries hold to the models of one registry: relations and scopes that point at them, and
 * the listeners with which juggler waits for a relation's target. They would keep every class of the tenant alive, so
 * they are written down as they come to be and cut when the registry ends; nothing has to be searched for.
 */
export class ForeignHolds {
  #holders = new WeakBag<ModelClass>();
  #listeners: Listener[] = [];

  /** `holder`, a model of another registry, has a relation or scope to a model of this one. */
  addHolder(holder: ModelClass): void {
    this.#holders.add(holder);
  }

  /** A model of this registry waits, by a listener, for `on`, a model of another. */
  addListener(on: ModelClass, event: string, listener: Listener['listener']): void {
    const stillWaiting = ({on, event, listener}: Listener) => on.deref()?.listeners?.(event).includes(listener) ?? false;
    if (this.#listeners.length % 32 === 31) this.#listeners = this.#listeners.filter(stillWaiting);
    this.#listeners.push({on: new WeakRef(on), event, listener});
  }

  cut(owner: ModelRegistry): void {
    for (const {on, event, listener} of this.#listeners) on.deref()?.removeListener?.(event, listener);
    this.#listeners = [];
    for (const holder of this.#holders) {
      for (const name of pointingAt(owner, holder.relations)) {
        delete holder.relations![name];
        removeScope(holder, name);
      }
      for (const name of pointingAt(owner, holder.scopes)) removeScope(holder, name);
    }
    this.#holders.clear();
  }
}

/** Writes down the holds that the relations and scopes of `holder` have on models of other registries. */
export function noteForeignHolds(holder: ModelClass): void {
  const owner = ownerOf(holder);
  for (const relations of [holder.relations, holder.scopes]) {
    for (const name in relations) {
      const {modelTo, modelThrough} = relations[name]!;
      for (const target of [ownerOf(modelTo), ownerOf(modelThrough)]) {
        if (target && target !== owner) target.foreignHolds.addHolder(holder);
      }
    }
  }
}

function pointingAt(owner: ModelRegistry, relations: Record<string, Relation> | undefined): string[] {
  return Object.keys(relations ?? {}).filter(name => {
    const {modelTo, modelThrough} = relations![name]!;
    return ownerOf(modelTo) === owner || ownerOf(modelThrough) === owner;
  });
}

/** A scope consists of its record, its meta data, and an accessor with methods like `__get__orders` on the class or its prototype. */
function removeScope(model: ModelClass, name: string): void {
  delete model.scopes?.[name];
  delete model._scopeMeta?.[name];
  for (const place of [model as object, model.prototype as object]) {
    for (const key of Object.getOwnPropertyNames(place)) {
      if (key === name || (key.startsWith('__') && key.endsWith(`__${name}`))) delete (place as Record<string, unknown>)[key];
    }
  }
}
