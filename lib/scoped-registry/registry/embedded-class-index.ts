import {haveSameItems} from '../primitives/same-items';
import {stockClassSnapshot} from '../classes/stock-class-snapshot';
import {typesAlreadyMade} from '../structure/deferred-class';
import {TypeContext} from '../structure/type-context';
import type {Dictionary, ModelClass} from '../juggler/types';
import {snapshot} from '../structure/private-copies';
import {itemType} from '../juggler/item-type';
import {StructureMatch} from '../structure/structure-match';
import type {CheckRound} from '../classes/static-layer';
import {isUnchanged, embeddedRecordOf} from '../classes/change-detection';
import {WeakClassIndex} from './weak-class-index';

/** The catalogue that lists the classes of an index: see ModelCatalogue. */
interface ListedClasses {
  lookUp(name: string): ModelClass | undefined;
  makeDeferredClasses(): void;
  listAgain(model: ModelClass): void;
}

/** What an embedded class was made from. */
interface Origin {
  readonly hash: number;
  readonly typeContext: TypeContext;
  /** A copy of the properties from before the class was made. */
  readonly pristine: object;
  /** What the properties resolved to, in their order: types, and embedded classes that are deferred. */
  readonly typesWithDeferred: readonly unknown[];
  /** A copy of the properties after juggler has written into them, if it has. They mean the same structure. */
  readonly written?: object;
  /** The `stockClassSnapshot` of a class that juggler made, from when it was made. */
  readonly initialState?: readonly unknown[];
}

/**
 * Finds the embedded classes of one registry by structure: the same structure gives the same class. A class that was changed after it was
 * made (by a property, a hook, a validation or a mixin) does not fit its structure any more. The next look-up notices that and removes
 * the class from the index. A class that no model uses any more moves to a weak tier, where its structure finds it again while user code
 * holds an instance of it.
 */
export class EmbeddedClassIndex {
  /** Whether some model that is defined here may have embedded classes that are not made yet. */
  hasDeferredClasses = false;
  /** How many look-ups have found a class. */
  reused = 0;

  #byHash = new Map<number, ModelClass | readonly ModelClass[]>();
  #typeContexts: TypeContext[] = [];
  /** The origins of classes whose class record does not have them: juggler's classes, and those whose properties juggler may write to. */
  #origins: WeakMap<ModelClass, Origin> | undefined;
  /** The weak tier. */
  #unused: WeakClassIndex | undefined;
  /** Identifies the running look-up: each static layer is checked for changes once in a look-up. */
  #look: CheckRound = {};
  /** The classes that `forget` has removed. */
  #forgotten: WeakSet<ModelClass> | undefined;

  constructor(private readonly catalogue: ListedClasses) {}

  /** The number of classes that can be found by structure. */
  get size(): number {
    this.#look = {};
    return [...new Set([...this.#byHash.values()].flat())].filter(model => this.#canBeFound(model)).length;
  }

  /** The type context for a builder's strictness, base class and value types: one object for the same three. */
  typeContext(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): TypeContext {
    for (const typeContext of this.#typeContexts) if (typeContext.isFor(strict, base, valueTypes)) return typeContext;
    const typeContext = new TypeContext(this.catalogue, strict, base, valueTypes);
    this.#typeContexts.push(typeContext);
    return typeContext;
  }

  /**
   * Finds the class of an equal structure. Makes no class for `shape` and no placeholder for its type names. The comparison may make a
   * deferred embedded class of a class that is there.
   */
  findEqual(shape: object, typeContext: TypeContext): ModelClass | undefined {
    this.#look = {};
    const hash = typeContext.hashOf(shape);
    if (hash === undefined) return undefined;
    const model = this.#find(hash, shape, typeContext) ?? this.#findUnused(hash, shape, typeContext);
    if (model) this.reused++;
    return model;
  }

  /** Finds the class of an equal structure in any type context that this registry's builders have used. */
  findByStructure(shape: object, accepts: (model: ModelClass) => boolean = () => true): ModelClass | undefined {
    this.makeDeferredClasses();
    if (this.#byHash.size === 0 && !this.#unused) return undefined;
    for (const typeContext of this.#typeContexts) {
      const model = this.findEqual(shape, typeContext);
      if (model && accepts(model)) return model;
    }
    return undefined;
  }

  /** Makes the embedded classes that are deferred: they are found only once they are made. */
  makeDeferredClasses(): void {
    while (this.hasDeferredClasses) {
      this.hasDeferredClasses = false;
      try {
        this.catalogue.makeDeferredClasses();
      } catch (error) {
        this.hasDeferredClasses = true;
        throw error;
      }
    }
  }

  /**
   * Adds a light class.
   * @param pristine a copy of the properties from before the class was made; passed only if juggler may write into the properties
   */
  addLight(model: ModelClass, pristine?: object): void {
    const record = embeddedRecordOf(model)!;
    if (pristine) {
      record.expose();
      const {hash, typeContext, typesWithDeferred: typesSoFar} = record;
      const written = this.#copyIfWritten(pristine, record.raw, record);
      this.#setOrigin(model, {hash, typeContext, typesWithDeferred: typesSoFar, pristine, written});
    }
    this.#add(model);
  }

  /**
   * Adds a class that juggler made.
   * @param pristine a copy of the properties from before the class was made
   * @param raw the properties that juggler made the class from, and may have written into
   */
  addStock(model: ModelClass, typeContext: TypeContext, hash: number, pristine: object, raw: object): void {
    const {properties} = model.definition!;
    const typesSoFar = Object.keys(pristine).map(name => properties[name]?.type);
    const written = this.#copyIfWritten(pristine, raw, {typeContext, typesWithDeferred: typesSoFar});
    this.#setOrigin(model, {
      hash,
      typeContext,
      pristine,
      typesWithDeferred: typesSoFar,
      written,
      initialState: stockClassSnapshot(model),
    });
    this.#add(model);
  }

  /** Moves a class that no model uses any more to the weak tier. */
  retire(model: ModelClass): void {
    if (!this.#remove(model)) return;
    const unused = (this.#unused ??= new WeakClassIndex());
    for (const hash of hashesOf(this.#originOf(model)!)) unused.add(hash, model);
  }

  /**
   * Removes a class that does not fit its structure any more, or that no name leads to. A class with such a class among its properties is
   * not found any more either.
   */
  forget(model: ModelClass): void {
    if (this.#remove(model)) (this.#forgotten ??= new WeakSet()).add(model);
  }

  /** Does what `forget` does, for a class whose structure mentions what has ended. Drops the copies of its structure as well. */
  forgetStructure(model: ModelClass): void {
    this.forget(model);
    this.#origins?.delete(model);
  }

  clear(): void {
    this.#byHash.clear();
    for (const typeContext of this.#typeContexts) typeContext.forget();
    this.#typeContexts = [];
    this.#origins = this.#unused = this.#forgotten = undefined;
  }

  /** What the properties of an embedded class resolved to; undefined if the class does not fit its structure any more. */
  typesOf(part: unknown): readonly unknown[] | undefined {
    const model = part as ModelClass;
    const origin = this.#originOf(model);
    return origin && !this.#forgotten?.has(model) && isUnchangedSince(model, origin, this.#look)
      ? origin.typesWithDeferred
      : undefined;
  }

  #find(hash: number, shape: object, typeContext: TypeContext): ModelClass | undefined {
    const models = this.#byHash.get(hash);
    if (models === undefined) return undefined;
    if (typeof models === 'function') return this.#isClassOf(models, shape, typeContext) ? models : undefined;
    return models.find(model => this.#isClassOf(model, shape, typeContext));
  }

  #isClassOf(model: ModelClass, shape: object, typeContext: TypeContext): boolean {
    const origin = this.#originOf(model)!;
    if (origin.typeContext !== typeContext) return false;
    const {pristine, written, typesWithDeferred: typesSoFar} = origin;
    const match = this.#match(typeContext);
    if (!match.matches(shape, pristine, typesSoFar) && !(written && match.matches(shape, written, typesSoFar))) return false;
    if (!isUnchangedSince(model, origin, this.#look)) {
      this.forget(model);
      return false;
    }
    return true;
  }

  #canBeFound(model: ModelClass): boolean {
    const origin = this.#originOf(model)!;
    const {pristine, typesWithDeferred: typesSoFar, typeContext} = origin;
    return this.#match(typeContext).matches(pristine, pristine, typesSoFar) && isUnchangedSince(model, origin, this.#look);
  }

  /** Finds a class in the weak tier and takes it back. */
  #findUnused(hash: number, shape: object, typeContext: TypeContext): ModelClass | undefined {
    const model = this.#unused?.classesOf(hash).find(unused => this.#isClassOf(unused, shape, typeContext));
    if (model) this.#takeBack(model);
    return model;
  }

  /** Moves a class back from the weak tier, together with the embedded classes of its properties. */
  #takeBack(model: ModelClass): void {
    const origin = this.#originOf(model);
    const wasUnused =
      origin &&
      hashesOf(origin)
        .map(hash => this.#unused!.delete(hash, model))
        .includes(true);
    if (!wasUnused) return;
    this.#add(model);
    this.catalogue.listAgain(model);
    for (const type of typesAlreadyMade(origin.typesWithDeferred)) this.#takeBack(itemType(type) as ModelClass);
  }

  #add(model: ModelClass): void {
    for (const hash of hashesOf(this.#originOf(model)!)) {
      const others = this.#byHash.get(hash);
      this.#byHash.set(hash, others ? [model].concat(others) : model);
    }
  }

  /** @returns whether the class was in the index */
  #remove(model: ModelClass): boolean {
    const origin = this.#originOf(model);
    let wasIndexed = false;
    for (const hash of origin ? hashesOf(origin) : []) {
      const models = [this.#byHash.get(hash) ?? []].flat();
      if (!models.includes(model)) continue;
      wasIndexed = true;
      const others = models.filter(other => other !== model);
      if (others.length === 0) this.#byHash.delete(hash);
      else this.#byHash.set(hash, others.length === 1 ? others[0] : others);
    }
    return wasIndexed;
  }

  /** A copy of the properties if juggler has written into them, else undefined. */
  #copyIfWritten(
    pristine: object,
    raw: object,
    {typeContext, typesWithDeferred: typesSoFar}: Pick<Origin, 'typeContext' | 'typesWithDeferred'>,
  ): object | undefined {
    return this.#match(typeContext).matches(raw, pristine, typesSoFar) ? undefined : snapshot(raw);
  }

  #originOf(model: ModelClass): Origin | undefined {
    return this.#origins?.get(model) ?? embeddedRecordOf(model);
  }

  #setOrigin(model: ModelClass, origin: Origin): void {
    (this.#origins ??= new WeakMap()).set(model, origin);
  }

  #match(typeContext: TypeContext): StructureMatch {
    return new StructureMatch(typeContext, this);
  }
}

function hashesOf({hash, written, typeContext}: Origin): readonly number[] {
  const writtenHash = written && typeContext.hashOf(written);
  return writtenHash === undefined || writtenHash === hash ? [hash] : [hash, writtenHash];
}

function isUnchangedSince(model: ModelClass, {initialState}: Origin, look: CheckRound): boolean {
  return initialState ? haveSameItems(stockClassSnapshot(model), initialState) : isUnchanged(model, look);
}
