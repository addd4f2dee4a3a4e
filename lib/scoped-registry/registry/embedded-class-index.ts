import {haveSameItems} from '../primitives/same-items';
import {appearance} from '../classes/stock-class-snapshot';
import {madeTypes} from '../structure/deferred-class';
import {Dialect} from '../structure/type-context';
import type {Dictionary, ModelClass} from '../juggler/types';
import {snapshot} from '../structure/private-copies';
import {itemType} from '../juggler/item-type';
import {ShapeMatch} from '../structure/structure-match';
import type {Look} from '../classes/static-layer';
import {isUntouched, madeFrom} from '../classes/change-detection';
import {UnusedModels} from './weak-class-index';

/** The catalogue that the classes of an index are listed in. */
interface ListedClasses {
  lookUp(name: string): ModelClass | undefined;
  /** Makes the embedded classes that models have deferred. */
  makeParts(): void;
  /** Lists a class again that had been dropped. */
  returned(model: ModelClass): void;
}

/** What an embedded class was made from. */
interface Origin {
  readonly hash: number;
  readonly dialect: Dialect;
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
export class EmbeddedModels {
  /** Whether models have been defined some of whose embedded classes are to be made when somebody asks for them. */
  areDeferred = false;
  /** Look-ups answered with a class that was there. */
  reused = 0;

  #models = new Map<number, ModelClass | readonly ModelClass[]>();
  #dialects: Dialect[] = [];
  /** Of the classes of which `madeFrom` does not tell it. */
  #origins: WeakMap<ModelClass, Origin> | undefined;
  #unused: UnusedModels | undefined;
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

  dialect(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): Dialect {
    for (const dialect of this.#dialects) if (dialect.is(strict, base, valueTypes)) return dialect;
    const dialect = new Dialect(this.catalogue, strict, base, valueTypes);
    this.#dialects.push(dialect);
    return dialect;
  }

  /** Makes no class for the shape, and no placeholder; a part of one that is there may be made to compare it. */
  find(shape: object, dialect: Dialect): ModelClass | undefined {
    this.#look = {};
    const hash = dialect.hashOf(shape);
    if (hash === undefined) return undefined;
    const model = this.#search(hash, shape, dialect) ?? this.#returning(hash, shape, dialect);
    if (model) this.reused++;
    return model;
  }

  /** Finds by structure in every dialect that this registry's builders have used. */
  findByStructure(shape: object, accepts: (model: ModelClass) => boolean = () => true): ModelClass | undefined {
    // what a model has defined is there for whoever asks
    while (this.areDeferred) {
      this.areDeferred = false;
      try {
        this.catalogue.makeParts();
      } catch (error) {
        this.areDeferred = true;
        throw error;
      }
    }
    for (const dialect of this.#dialects) {
      const model = this.find(shape, dialect);
      if (model && accepts(model)) return model;
    }
    return undefined;
  }

  /**
   * Adds a class that knows what it was made from (see `madeFrom`).
   * @param asked a copy from before it was made, where juggler may write into what it was made from
   */
  add(model: ModelClass, asked?: object): void {
    const made = madeFrom(model)!;
    if (asked) {
      made.show();
      const {hash, dialect, typesSoFar} = made;
      this.#setOrigin(model, {hash, dialect, typesSoFar, pristine: asked, written: this.#writtenTo(asked, made.raw, made)});
    }
    this.#enter(model);
  }

  /**
   * Adds a class of juggler's making.
   * @param asked a copy from before it was made
   * @param raw what it was made from
   */
  addStock(model: ModelClass, dialect: Dialect, hash: number, asked: object, raw: object): void {
    const {properties} = model.definition!;
    const typesSoFar = Object.keys(asked).map(name => properties[name]?.type);
    const written = this.#writtenTo(asked, raw, {dialect, typesSoFar});
    this.#setOrigin(model, {hash, dialect, pristine: asked, typesSoFar, written, looks: appearance(model)});
    this.#enter(model);
  }

  /** Moves a class that no model uses any more to the weak tier. */
  retire(model: ModelClass): void {
    if (!this.#leave(model)) return;
    const unused = (this.#unused ??= new UnusedModels());
    for (const hash of hashesOf(this.#originOf(model)!)) unused.add(hash, model);
  }

  forget(model: ModelClass): void {
    if (this.#leave(model)) (this.#forgotten ??= new WeakSet()).add(model);
  }

  clear(): void {
    this.#models.clear();
    this.#dialects = [];
    this.#origins = this.#unused = this.#forgotten = undefined;
  }

  /** What the properties of an embedded class resolved to; undefined where it is no longer what its structure says. */
  typesOf(part: unknown): readonly unknown[] | undefined {
    const model = part as ModelClass;
    const origin = this.#originOf(model);
    return origin && !this.#forgotten?.has(model) && isUntouchedSince(model, origin, this.#look) ? origin.typesSoFar : undefined;
  }

  #search(hash: number, shape: object, dialect: Dialect): ModelClass | undefined {
    const models = this.#models.get(hash);
    if (models === undefined) return undefined;
    if (typeof models === 'function') return this.#isOf(models, shape, dialect) ? models : undefined;
    return models.find(model => this.#isOf(model, shape, dialect));
  }

  #isOf(model: ModelClass, shape: object, dialect: Dialect): boolean {
    const origin = this.#originOf(model)!;
    if (origin.dialect !== dialect) return false;
    const {pristine, written, typesSoFar} = origin;
    const match = this.#match(dialect);
    if (!match.shape(shape, pristine, typesSoFar) && !(written && match.shape(shape, written, typesSoFar))) return false;
    if (!isUntouchedSince(model, origin, this.#look)) {
      this.forget(model);
      return false;
    }
    return true;
  }

  #isFound(model: ModelClass): boolean {
    const origin = this.#originOf(model)!;
    const {pristine, typesSoFar, dialect} = origin;
    return this.#match(dialect).shape(pristine, pristine, typesSoFar) && isUntouchedSince(model, origin, this.#look);
  }

  /** A class that is back from the weak tier. */
  #returning(hash: number, shape: object, dialect: Dialect): ModelClass | undefined {
    const model = this.#unused?.of(hash).find(unused => this.#isOf(unused, shape, dialect));
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
    this.catalogue.returned(model);
    for (const type of madeTypes(origin.typesSoFar)) this.#return(itemType(type) as ModelClass);
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
  #writtenTo(asked: object, raw: object, {dialect, typesSoFar}: Pick<Origin, 'dialect' | 'typesSoFar'>): object | undefined {
    return this.#match(dialect).shape(raw, asked, typesSoFar) ? undefined : snapshot(raw);
  }

  #originOf(model: ModelClass): Origin | undefined {
    return this.#origins?.get(model) ?? madeFrom(model);
  }

  #setOrigin(model: ModelClass, origin: Origin): void {
    (this.#origins ??= new WeakMap()).set(model, origin);
  }

  #match(dialect: Dialect): ShapeMatch {
    return new ShapeMatch(dialect, this);
  }
}

function hashesOf({hash, written, dialect}: Origin): readonly number[] {
  const after = written && dialect.hashOf(written);
  return after === undefined || after === hash ? [hash] : [hash, after];
}

function isUntouchedSince(model: ModelClass, {looks}: Origin, look: Look): boolean {
  return looks ? haveSameItems(appearance(model), looks) : isUntouched(model, look);
}
