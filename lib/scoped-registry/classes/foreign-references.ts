import {ownerOf} from '../ownership/class-owner';
import {restoreEntry} from '../primitives/own-property';
import {CutReferences} from './cut-references';
import {replaceDefaultBase} from './default-base-class';
import type {ConnectorEntry, Dictionary, ModelClass, StockModelBuilder} from '../juggler/types';
import type {NotedReferences, OwningRegistry, ReleasedAtEnd} from '../ownership/owning-registry';
import {WeakBag} from '../primitives/weak-bag';

interface Listener {
  readonly on: WeakRef<ModelClass>;
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/**
 * The references from outside to the models of one registry: what the relations, scopes, mixins, base classes, properties and settings
 * of other registries' models mention, what builders have as their base class and mixins, listeners on other registries' models, and entries in dictionaries of the process. Such a
 * reference would keep every class of the tenant alive after its end. So each one is recorded when it is made, and `cut` removes all of them when the
 * registry ends, without a search through other registries.
 */
export class ForeignReferences implements NotedReferences {
  #holders = new WeakBag<ModelClass>();
  #builders = new WeakBag<StockModelBuilder>();
  #mixins = new WeakBag<ReleasedAtEnd>();
  #tables = new WeakBag<Dictionary<ConnectorEntry>>();
  #listeners: Listener[] | undefined;
  #entries: {dictionary: Dictionary<unknown>; name: string; previous: unknown}[] | undefined;

  /** Records that `holder`, a model of another registry, mentions a model of this registry. */
  addHolder(holder: ModelClass): void {
    this.#holders.add(holder);
  }

  get holders(): Iterable<ModelClass> {
    return this.#holders;
  }

  /** Records that a builder has a model of this registry as its base class. */
  addBuilder(builder: StockModelBuilder): void {
    this.#builders.add(builder);
  }

  /** Records that a model of this registry is a mixin by name. */
  addMixin(mixin: ReleasedAtEnd): void {
    this.#mixins.add(mixin);
  }

  /** See NotedReferences. */
  release(isGone: (model: unknown) => boolean, endError: () => Error): void {
    for (const builder of this.#builders) replaceDefaultBase(builder, isGone);
    for (const mixin of this.#mixins) mixin.release(isGone, endError);
  }

  /**
   * Records a listener on `on`, a model of another registry. By such a listener juggler defers a relation of this registry's
   * model until the target `on` has a datasource.
   */
  addListener(on: ModelClass, event: string, listener: Listener['listener']): void {
    const stillWaiting = ({on, event, listener}: Listener) => on.deref()?.listeners?.(event).includes(listener) ?? false;
    if (this.#listeners && this.#listeners.length % 32 === 31) this.#listeners = this.#listeners.filter(stillWaiting);
    (this.#listeners ??= []).push({on: new WeakRef(on), event, listener});
  }

  /**
   * Records that a dictionary of the process is about to get a class of this registry under `name`. Call this before the write.
   */
  addDictionaryEntry(dictionary: Dictionary<unknown>, name: string): void {
    // the class of another registry is not remembered: that would keep the class after its own registry has ended
    const previous = ownerOf(dictionary[name]) ? undefined : dictionary[name];
    (this.#entries ??= []).push({dictionary, name, previous});
  }

  /** Records that a connector's table of another registry has an entry of a model of this registry, which was attached there. */
  addTable(table: Dictionary<ConnectorEntry>): void {
    this.#tables.add(table);
  }

  /**
   * Removes all recorded references.
   * @param owner the registry that ends, whose models they refer to
   * @param error makes the error for each later use of what mentioned such a model
   * @param attempt runs one step; a step that fails must not stop the others
   */
  cut(owner: OwningRegistry, error: () => Error, attempt: (step: () => void) => void): void {
    for (const {dictionary, name, previous} of this.#entries ?? []) {
      if (ownerOf(dictionary[name]) === owner) restoreEntry(dictionary, name, previous);
    }
    this.#entries = undefined;
    for (const {on, event, listener} of this.#listeners ?? []) on.deref()?.removeListener?.(event, listener);
    this.#listeners = undefined;
    for (const table of this.#tables) {
      for (const name of Object.keys(table)) if (ownerOf(table[name].model) === owner) delete table[name];
    }
    this.#tables.clear();
    new CutReferences(owner, error).cutFrom(this.#holders, attempt);
    this.#holders.clear();
    this.#builders.clear();
    this.#mixins.clear();
  }
}
