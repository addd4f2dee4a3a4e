import {EventEmitter} from 'node:events';
import {defineOwn, ownValue} from '../primitives/own-property';
import {EMITTER, isBeingFilledIn, madeSoFar, lightClassOf, makeOnce} from '../ownership/class-record';
import {watchForeignReferences} from './noted-references';
import {isSharedPrototype} from './shared-prototype';
import type {Dictionary, ModelClass} from '../juggler/types';

/** A static that juggler's `define` makes for each class. A light class makes it on first use. */
export interface LazyStatic {
  readonly enumerable?: boolean;
  /**
   * Ignores the value that juggler's `define` assigns while it fills in a light class. The class keeps the value made by
   * `makeFor`.
   */
  readonly ignoresDefine?: boolean;
  makeFor(model: ModelClass): unknown;
}

/** The limit that juggler sets for each class. Relations to a model without a datasource wait by listeners on that model. */
export const MAX_LISTENERS = 32;

/**
 * Identifies one synchronous check of many classes. No base can change during the check, so each layer is compared with its
 * base only once in it.
 */
export type CheckRound = object;

/** Tells whether a layer still equals the statics of its base. Compares them once in each look. */
class LayerCheck {
  #look: CheckRound | undefined;
  #isCurrent = false;

  /**
   * @param values the statics of the base when the layer was made
   */
  constructor(
    private readonly compare: () => boolean,
    private readonly values: unknown[],
  ) {}

  /** Drops the values that are gone. The layer is not current any more then: the base has lost them too. */
  forget(isGone: (value: unknown) => boolean): void {
    this.values.forEach((value, index) => {
      if (isGone(value)) this.values[index] = undefined;
    });
  }

  isCurrentIn(look: CheckRound): boolean {
    if (look !== this.#look) {
      this.#isCurrent = this.compare();
      this.#look = look;
    }
    return this.#isCurrent;
  }
}

const NEVER_CURRENT = new LayerCheck(() => false, []);

/** The check of each layer, by each object of the layer. */
const checks = new WeakMap<object, LayerCheck>();

/**
 * Whether a class inherits the same statics as a class that would be made now. False once the statics of the base have changed.
 */
export function hasCurrentStatics(model: ModelClass, look: CheckRound): boolean {
  return checks.get(Object.getPrototypeOf(model) as object)?.isCurrentIn(look) ?? false;
}

/** Whether an object is a layer from which light classes inherit statics. */
export function isStaticLayer(statics: object): boolean {
  return checks.has(statics);
}

/** Makes an empty layer over a layer, for classes that have more statics than the layer of their base. */
export function layerOver(statics: object): object {
  const over = Object.create(statics) as object;
  checks.set(over, checks.get(statics)!);
  return over;
}

/** Removes classes that are gone from the layers from which a class inherits statics. */
export function forgetStatics(model: ModelClass, isGone: (value: unknown) => boolean): void {
  for (let place = Object.getPrototypeOf(model) as object; isStaticLayer(place); place = Object.getPrototypeOf(place) as object) {
    checks.get(place)!.forget(isGone);
    for (const name of Object.getOwnPropertyNames(place)) if (isGone(ownValue(place, name))) Reflect.deleteProperty(place, name);
  }
}

/** The base class for which a layer was made; undefined for an object that is no such layer, or a layer over one. */
function baseOfLayer(statics: object, model: ModelClass): unknown {
  return isStaticLayer(statics) ? Object.getOwnPropertyDescriptor(statics, 'base')?.get?.call(model) : undefined;
}

/**
 * Takes the layers of base classes that are gone out of the statics of a class. Their methods are replaced by `refuse` where the class
 * has no other of that name.
 */
export function leaveStatics(model: ModelClass, isGone: (value: unknown) => boolean, refuse: () => never): void {
  const places: object[] = [];
  for (let place = Object.getPrototypeOf(model) as object; isStaticLayer(place); place = Object.getPrototypeOf(place) as object)
    places.push(place);
  const gone = places.filter(place => isGone(baseOfLayer(place, model)));
  // what is above a layer that is gone belongs to subclasses, which end as well
  [model, ...places].forEach((place, index) => {
    let below = places[index] as object | undefined;
    while (below && gone.includes(below)) below = Object.getPrototypeOf(below) as object;
    if (below && below !== places[index]) Object.setPrototypeOf(place, below);
  });
  // a layer over one that is gone shares its check, which refers to the base
  const goneChecks = gone.map(place => checks.get(place));
  for (const place of places) if (goneChecks.includes(checks.get(place))) checks.set(place, NEVER_CURRENT);
  for (const place of gone) {
    for (const name of Object.keys(place))
      if (typeof ownValue(place, name) === 'function' && !(name in model)) defineOwn(model, name, refuse, true);
  }
}

const EMITTER_METHODS = Object.keys(EventEmitter.prototype).filter(
  name => typeof (EventEmitter.prototype as unknown as Dictionary<unknown>)[name] === 'function',
);

/**
 * The layer of one base. `statics` and `validated` are the objects from which light classes on that base inherit their statics.
 */
export interface StaticLayer {
  /** For classes without validations, and for named classes. */
  readonly statics: object;
  /** For embedded classes whose properties require validations. */
  readonly validated: object;
  /** Whether the base still has the statics from which the layer was made. */
  isCurrent(): boolean;
}

/** All layers `validated`. */
const validatedLayers = new WeakSet<object>();

/** What a base inherits its statics from. Its validations are its own in juggler, so a subclass does not inherit them. */
function staticsBelow(base: ModelClass): object {
  const below = Object.getPrototypeOf(base) as object;
  return validatedLayers.has(below) ? (Object.getPrototypeOf(below) as object) : below;
}

/** Takes the place of the value of a static that each class has for itself, when a layer is compared with its base. */
const PER_CLASS = Symbol('per class');

/**
 * The static layers of all bases. juggler's `define` copies the statics of the base into each class. Light classes inherit them
 * from a layer instead, which holds the statics of the base as they were when the layer was made. The layer also has an
 * accessor for each static that juggler makes for each class itself (see lazy-statics.ts). A layer refers to its base, and to
 * no class on the base.
 */
export class StaticLayerTable {
  #layers = new WeakMap<ModelClass, StaticLayer>();
  #placeholder: object | undefined;
  readonly #lazy: Dictionary<LazyStatic>;

  /**
   * @param lazy the statics that each class has for itself, by name
   * @param validations the static `validations`, for the layers `validated`
   */
  constructor(
    lazy: Dictionary<LazyStatic>,
    private readonly validations: LazyStatic,
  ) {
    this.#lazy = {...lazy};
    for (const name of EMITTER_METHODS) this.#lazy[name] = {enumerable: true, makeFor: model => emitterMethod(model, name)};
  }

  /**
   * The layer of placeholders, whose base is not known yet. It has only the methods of EventEmitter. The other statics come when
   * the placeholder is filled in.
   */
  get placeholder(): object {
    if (!this.#placeholder) {
      this.#placeholder = Object.create(Function.prototype) as object;
      for (const name of EMITTER_METHODS) this.#addLazy(this.#placeholder, name, this.#lazy[name]);
    }
    return this.#placeholder;
  }

  /**
   * Returns the layer of a base. Makes a new layer when the statics of the base have changed, because juggler copies them at
   * each define.
   */
  layerOf(base: ModelClass): StaticLayer {
    let layer = this.#layers.get(base);
    if (!layer?.isCurrent()) this.#layers.set(base, (layer = this.#make(base)));
    return layer;
  }

  #make(base: ModelClass): StaticLayer {
    const below = staticsBelow(base);
    // a base that is a light class inherits from a layer, which does not change; only the base's own statics are copied then
    const isBaseLight = checks.has(below);
    const statics = Object.create(isBaseLight ? below : Function.prototype) as object;
    const names: string[] = [];
    const values: unknown[] = [];
    for (const name in base) {
      if (isBaseLight && !Object.hasOwn(base, name)) break;
      const value = this.#valueIn(base, name);
      names.push(name);
      values.push(value);
      if (value !== PER_CLASS) defineOwn(statics, name, value, true);
    }
    for (const name of ['base', 'super_']) this.#addLazy(statics, name, {makeFor: () => base});
    defineOwn(statics, '__rank', (base as {__rank?: number}).__rank! + 1, true);
    if (!isBaseLight) for (const name in this.#lazy) this.#addLazy(statics, name, this.#lazy[name]);
    guardMixin(statics);
    watchForeignReferences(statics as ModelClass);
    const isCurrent = () => {
      let index = 0;
      // not `below`: a closure over it would keep it when a base ends (leaveStatics)
      if (isBaseLight && staticsBelow(base) !== Object.getPrototypeOf(statics)) return false;
      for (const name in base) {
        if (isBaseLight && !Object.hasOwn(base, name)) break;
        const value = values[index];
        if (name !== names[index++]) return false;
        if (value !== PER_CLASS && value !== (base as unknown as Dictionary<unknown>)[name]) return false;
      }
      return index === names.length;
    };
    checks.set(statics, new LayerCheck(isCurrent, values));
    const validated = layerOver(statics);
    this.#addLazy(validated, 'validations', this.validations);
    validatedLayers.add(validated);
    return {statics, validated, isCurrent};
  }

  /** juggler's `define` copies a static of the base unless the class has one of that name already, and never copies `_mixins`. */
  #valueIn(base: ModelClass, name: string): unknown {
    if (name === '_mixins' || name === '__rank' || name === 'definition' || name in this.#lazy || name in Function.prototype)
      return PER_CLASS;
    return (base as unknown as Dictionary<unknown>)[name];
  }

  #addLazy(statics: object, name: string, {enumerable = false, ignoresDefine, makeFor}: LazyStatic): void {
    Object.defineProperty(statics, name, {
      get(this: ModelClass) {
        const model = lightClassOf(this);
        // `this` is the layer itself
        if (!model) return undefined;
        return makeFor(model);
      },
      set(this: ModelClass, value: unknown) {
        if (!(ignoresDefine && isBeingFilledIn(this))) defineOwn(this, name, value, enumerable);
      },
      enumerable,
      configurable: true,
    });
  }
}

/**
 * Replaces `mixin` of a layer. juggler's jutil.mixin does not overwrite own properties of a class. The statics and accessors
 * that light classes share are own properties in juggler, so a mixin must not overwrite them. Therefore, before the mixin runs,
 * the class gets an own copy of each shared property that the mixin also has.
 */
function guardMixin(statics: object): void {
  const {mixin} = statics as {mixin?: (this: ModelClass, another: unknown, ...rest: unknown[]) => unknown};
  if (typeof mixin !== 'function') return;
  const guarded = function (this: ModelClass, another: unknown, ...rest: unknown[]): unknown {
    for (const name of keysOf(another)) makeOwn(this, name, isStaticLayer);
    const prototype = (another as {prototype?: unknown} | undefined)?.prototype;
    for (const name of keysOf(prototype)) makeOwn(this.prototype as object, name, isSharedPrototype);
    return mixin.call(this, another, ...rest);
  };
  defineOwn(statics, 'mixin', Object.defineProperty(guarded, 'name', {value: mixin.name}), true);
}

function keysOf(mixin: unknown): string[] {
  return typeof mixin === 'function' || (typeof mixin === 'object' && mixin !== null) ? Object.keys(mixin) : [];
}

/** Gives a class or prototype an own copy of a property that it inherits from a shared object. */
function makeOwn(target: object, name: string, isShared: (object: object) => boolean): void {
  if (Object.hasOwn(target, name)) return;
  let above = Object.getPrototypeOf(target) as object | null;
  while (above && isShared(above) && !Object.hasOwn(above, name)) above = Object.getPrototypeOf(above) as object | null;
  if (!above || !isShared(above)) return;
  const property = Object.getOwnPropertyDescriptor(above, name)!;
  // an accessor on a static layer is a lazy static: its value becomes the own property
  if (property.get && isShared === isStaticLayer) defineOwn(target, name, (target as Dictionary<unknown>)[name], true);
  else Object.defineProperty(target, name, property);
}

/** Makes a method of EventEmitter bound to the emitter of one class. The record stores the emitter under the empty name. */
function emitterMethod(model: ModelClass, name: string): unknown {
  // juggler emits an event at each step of a definition, mostly without listeners: an emitter for each class would be wasted
  if (name === 'emit' && !madeSoFar(model, EMITTER))
    return (...args: Parameters<EventEmitter['emit']>) => emitterOf(model, args).emit(...args);
  return makeOnce(model, name, () => {
    const emitter = makeOnce(model, EMITTER, newEmitter);
    return (emitter as unknown as Dictionary<Function>)[name].bind(emitter) as unknown;
  });
}

/**
 * Returns the emitter on which a class must emit: its own, or one that all classes without listeners share. An event `error`
 * without listeners throws, so it gets the class's own emitter.
 */
function emitterOf(model: ModelClass, [event]: Parameters<EventEmitter['emit']>): EventEmitter {
  if (event !== 'error') return (madeSoFar(model, EMITTER) as EventEmitter | undefined) ?? listenerlessEmitter;
  return makeOnce(model, EMITTER, newEmitter);
}

const listenerlessEmitter = new EventEmitter();

function newEmitter(): EventEmitter {
  return new EventEmitter().setMaxListeners(MAX_LISTENERS);
}
