import {haveSameItems} from '../primitives/same-items';
import {stockClassSnapshot} from '../classes/stock-class-snapshot';
import {typesAlreadyMade} from '../structure/deferred-class';
import {TypeContext} from '../structure/type-context';
import type {Dictionary, ModelClass} from '../juggler/types';
import {snapshot} from '../structure/private-copies';
import {itemType} from '../juggler/item-type';
import {StructureMatch} from '../structure/structure-match';
import type {Look} from '../classes/static-layer';
import {isUnchanged, embeddedRecordOf} from '../classes/change-detection';
import {WeakClassIndex} from './weak-class-index';

/** The catalogue that the classes of an index are listed in. */
interface ListedClasses {
  lookUp(name: string): ModelClass | undefined;
  /** Makes the embedded classes that models have deferred. */
  makeDeferredClasses(): void;
  /** Lists a class again that had been dropped. */
  listAgain(model: ModelClass): void;
}

/** What an embedded class was made from. */
interface Origin {
  readonly hash: number;
  readonly typeContext: TypeContext;
  /** The properties that were asked for. */
  readonly pristine: object;
  /** What they resolved to, in their order: classes, and what is deferred. */
  readonly typesSoFar: readonly unknown[];
  /** The properties as juggler has left them, where it has written into them: that is the same structure. */
  readonly written?: object;
  /** What a class of juggler's making looked like at first. */
  readonly looks?: readonly unknown[];
}

/**
 * The embedded classes of one registry by structure: the same structure gives the same class. A class that was
 * changed since it was made (a property, a hook, a validation, a mixin of its own) no longer is what its structure
 * says, and leaves the index when that is noticed, at its next look-up. One that no model uses any more moves to a weak
 * tier: as long as somebody holds an instance of it, its structure finds it again.
 */
export class EmbeddedClassIndex {
  /** Whether models have been defined some of whose embedded classes are to be made when somebody asks for them. */
  hasDeferredClasses = false;
  /** Look-ups answered with a class that was there. */
  reused = 0;

  #models = new Map<number, ModelClass | readonly ModelClass[]>();
  #typeContexts: TypeContext[] = [];
  /** Of the classes of which `madeFrom` does not tell it. */
  #origins: WeakMap<ModelClass, Origin> | undefined;
  #unused: WeakClassIndex | undefined;
  /** Of the look-up that is running. */
  #look: Look = {};
  /** What was in the index and is no longer: nor are the classes around it found. */
  #forgotten: WeakSet<ModelClass> | undefined;

  constructor(private readonly catalogue: ListedClasses) {}

  /** The number of classes that can be found by structure. */
  get size(): number {
    this.#look = {};
    return [...new Set([...this.#models.values()].flat())].filter(model => this.#isFound(model)).length;
  }

  typeContext(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): TypeContext {
    for (const typeContext of this.#typeContexts) if (typeContext.isFor(strict, base, valueTypes)) return typeContext;
    const typeContext = new TypeContext(this.catalogue, strict, base, valueTypes);
    this.#typeContexts.push(typeContext);
    return typeContext;
  }

  /** Makes no class for the shape, and no placeholder; a part of one that is there may be made to compare it. */
  findEqual(shape: object, typeContext: TypeContext): ModelClass | undefined {
    this.#look = {};
    const hash = typeContext.hashOf(shape);
    if (hash === undefined) return undefined;
    const model = this.#search(hash, shape, typeContext) ?? this.#returning(hash, shape, typeContext);
    if (model) this.reused++;
    return model;
  }

  /** Finds by structure in every typeContext that this registry's builders have used. */
  findByStructure(shape: object, accepts: (model: ModelClass) => boolean = () => true): ModelClass | undefined {
    // what a model has defined is there for whoever asks
    while (this.hasDeferredClasses) {
      this.hasDeferredClasses = false;
      try {
        this.catalogue.makeDeferredClasses();
      } catch (error) {
        this.hasDeferredClasses = true;
        throw error;
      }
    }
    for (const typeContext of this.#typeContexts) {
      const model = this.findEqual(shape, typeContext);
      if (model && accepts(model)) return model;
    }
    return undefined;
  }

  /**
   * Adds a class that knows what it was made from (see `madeFrom`).
   * @param asked a copy from before it was made, where juggler may write into what it was made from
   */
  addLight(model: ModelClass, asked?: object): void {
    const made = embeddedRecordOf(model)!;
    if (asked) {
      made.show();
      const {hash, typeContext, typesSoFar} = made;
      this.#setOrigin(model, {hash, typeContext, typesSoFar, pristine: asked, written: this.#writtenTo(asked, made.raw, made)});
    }
    this.#enter(model);
  }

  /**
   * Adds a class of juggler's making.
   * @param asked a copy from before it was made
   * @param raw what it was made from
   */
  addStock(model: ModelClass, typeContext: TypeContext, hash: number, asked: object, raw: object): void {
    const {properties} = model.definition!;
    const typesSoFar = Object.keys(asked).map(name => properties[name]?.type);
    const written = this.#writtenTo(asked, raw, {typeContext, typesSoFar});
    this.#setOrigin(model, {hash, typeContext, pristine: asked, typesSoFar, written, looks: stockClassSnapshot(model)});
    this.#enter(model);
  }

  /** Moves a class that no model uses any more to the weak tier. */
  retire(model: ModelClass): void {
    if (!this.#leave(model)) return;
    const unused = (this.#unused ??= new WeakClassIndex());
    for (const hash of hashesOf(this.#originOf(model)!)) unused.add(hash, model);
  }

  forget(model: ModelClass): void {
    if (this.#leave(model)) (this.#forgotten ??= new WeakSet()).add(model);
  }

  clear(): void {
    this.#models.clear();
    this.#typeContexts = [];
    this.#origins = this.#unused = this.#forgotten = undefined;
  }

  /** What the properties of an embedded class resolved to; undefined where it is no longer what its structure says. */
  typesOf(part: unknown): readonly unknown[] | undefined {
    const model = part as ModelClass;
    const origin = this.#originOf(model);
    return origin && !this.#forgotten?.has(model) && isUntouchedSince(model, origin, this.#look) ? origin.typesSoFar : undefined;
  }

  #search(hash: number, shape: object, typeContext: TypeContext): ModelClass | undefined {
    const models = this.#models.get(hash);
    if (models === undefined) return undefined;
    if (typeof models === 'function') return this.#isOf(models, shape, typeContext) ? models : undefined;
    return models.find(model => this.#isOf(model, shape, typeContext));
  }

  #isOf(model: ModelClass, shape: object, typeContext: TypeContext): boolean {
    const origin = this.#originOf(model)!;
    if (origin.typeContext !== typeContext) return false;
    const {pristine, written, typesSoFar} = origin;
    const match = this.#match(typeContext);
    if (!match.shape(shape, pristine, typesSoFar) && !(written && match.shape(shape, written, typesSoFar))) return false;
    if (!isUntouchedSince(model, origin, this.#look)) {
      this.forget(model);
      return false;
    }
    return true;
  }

  #isFound(model: ModelClass): boolean {
    const origin = this.#originOf(model)!;
    const {pristine, typesSoFar, typeContext} = origin;
    return this.#match(typeContext).shape(pristine, pristine, typesSoFar) && isUntouchedSince(model, origin, this.#look);
  }

  /** A class that is back from the weak tier. */
  #returning(hash: number, shape: object, typeContext: TypeContext): ModelClass | undefined {
    const model = this.#unused?.classesOf(hash).find(unused => this.#isOf(unused, shape, typeContext));
    if (model) this.#return(model);
    return model;
  }

  #return(model: ModelClass): void {
    const origin = this.#originOf(model);
    const isBack =
      origin &&
      hashesOf(origin)
        .map(hash => this.#unused!.delete(hash, model))
        .includes(true);
    if (!isBack) return;
    this.#enter(model);
    this.catalogue.listAgain(model);
    for (const type of typesAlreadyMade(origin.typesSoFar)) this.#return(itemType(type) as ModelClass);
  }

  #enter(model: ModelClass): void {
    for (const hash of hashesOf(this.#originOf(model)!)) {
      const others = this.#models.get(hash);
      this.#models.set(hash, others ? [model].concat(others) : model);
    }
  }

  /** @returns whether it was in the index */
  #leave(model: ModelClass): boolean {
    const origin = this.#originOf(model);
    let wasIn = false;
    for (const hash of origin ? hashesOf(origin) : []) {
      const models = [this.#models.get(hash) ?? []].flat();
      if (!models.includes(model)) continue;
      wasIn = true;
      const others = models.filter(other => other !== model);
      if (others.length === 0) this.#models.delete(hash);
      else this.#models.set(hash, others.length === 1 ? others[0] : others);
    }
    return wasIn;
  }

  /** What juggler has made of a structure by writing into it. */
  #writtenTo(
    asked: object,
    raw: object,
    {typeContext, typesSoFar}: Pick<Origin, 'typeContext' | 'typesSoFar'>,
  ): object | undefined {
    return this.#match(typeContext).shape(raw, asked, typesSoFar) ? undefined : snapshot(raw);
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
  const after = written && typeContext.hashOf(written);
  return after === undefined || after === hash ? [hash] : [hash, after];
}

function isUntouchedSince(model: ModelClass, {looks}: Origin, look: Look): boolean {
  return looks ? haveSameItems(stockClassSnapshot(model), looks) : isUnchanged(model, look);
}
