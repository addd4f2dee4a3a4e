import type {ModelClass, ModelDefinition, StockModelBuilder} from '../juggler/types';
import {fixedDataSourceOf, isOf} from '../ownership/class-home';
import {isClosed} from '../ownership/closed-data-source';
import {WeakBag} from '../primitives/weak-bag';
import type {DefineJournal} from './define-journal';

/** A class and its definition under a name. A placeholder has no definition. */
export interface Listing {
  model: ModelClass;
  definition: ModelDefinition | undefined;
}

/**
 * The classes of a registry whose name means a class of another datasource in its dictionaries. Each is held as long as its datasource
 * lives, because a datasource that code drops without closing it must not leave its classes behind. Its builder would hold them too long:
 * the embedded classes that it has made serve other models.
 */
export class Namesakes {
  /** By datasource, or by builder for a placeholder. */
  #listings = new WeakMap<object, Map<string, Listing>>();
  readonly #holders = new WeakBag<object>();

  /**
   * @param journal the registry's: what a define has changed here is undone if it fails
   * @param onChange called with the class that has lost its name, if one has
   */
  constructor(
    private readonly journal: DefineJournal,
    private readonly onChange: (replaced?: ModelClass) => void,
  ) {}

  /** The class that a name means for a builder. */
  find(builder: StockModelBuilder, name: string): Listing | undefined {
    return this.#first(name, ({model}) => isOf(model, builder));
  }

  /** A class of that name, whichever builder it belongs to. Never a placeholder, and never the class of a closed datasource. */
  findDefined(name: string): Listing | undefined {
    return this.#first(name, ({model}) => !model.settings?.unresolved && isInUse(model));
  }

  /**
   * Lists a class, in place of the one that the name has meant for its builder.
   * @param builder the builder to which the class belongs
   */
  add(builder: StockModelBuilder, name: string, listing: Listing): void {
    const replaced = this.find(builder, name);
    this.#put(builder, name, listing);
    this.journal.note({
      undo: () => {
        this.remove(name, listing.model);
        if (replaced) this.#put(builder, name, replaced);
      },
      commit: () => this.onChange(replaced?.model === listing.model ? undefined : replaced?.model),
    });
  }

  /** Removes a class that its name is about to mean in the dictionaries. */
  take(builder: StockModelBuilder, name: string, listing: Listing): void {
    this.remove(name, listing.model);
    this.journal.note({undo: () => this.#put(builder, name, listing)});
  }

  remove(name: string, model: ModelClass): void {
    for (const holder of this.#holders) {
      const listings = this.#listings.get(holder);
      if (listings?.get(name)?.model === model) listings.delete(name);
    }
  }

  has(name: string, model: ModelClass): boolean {
    return this.#first(name, listing => listing.model === model) !== undefined;
  }

  /** The classes of a datasource are on another one now, and are held as long as that one lives. */
  movedTo(from: object, to: object): void {
    const moved = this.#listings.get(from);
    if (!moved) return;
    this.#listings.delete(from);
    this.#listings.set(to, new Map([...(this.#listings.get(to) ?? []), ...moved]));
    this.#holders.add(to);
  }

  *models(): IterableIterator<ModelClass> {
    for (const holder of this.#holders) {
      for (const {model} of this.#listings.get(holder)?.values() ?? []) yield model;
    }
  }

  /** The number of classes. A class of a closed datasource has only its users left, and is not counted. */
  get size(): number {
    let size = 0;
    for (const model of this.models()) if (isInUse(model)) size++;
    return size;
  }

  clear(): void {
    this.#listings = new WeakMap();
    this.#holders.clear();
  }

  #put(builder: StockModelBuilder, name: string, listing: Listing): void {
    const holder = fixedDataSourceOf(listing.model) ?? builder;
    const listings = this.#listings.get(holder) ?? new Map<string, Listing>();
    this.#listings.set(holder, listings.set(name, listing));
    this.#holders.add(holder);
  }

  #first(name: string, isWanted: (listing: Listing) => boolean): Listing | undefined {
    for (const holder of this.#holders) {
      const listing = this.#listings.get(holder)?.get(name);
      if (listing && isWanted(listing)) return listing;
    }
    return undefined;
  }
}

function isInUse(model: ModelClass): boolean {
  const dataSource = fixedDataSourceOf(model);
  return !dataSource || !isClosed(dataSource);
}
