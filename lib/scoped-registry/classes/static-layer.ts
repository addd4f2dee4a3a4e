import {EventEmitter} from 'node:events';
import {defineOwn} from '../primitives/own-property';
import {isBeingFilledIn, madeOnce, lightClassOf, makeOnce} from '../ownership/class-record';
import {watchForeignReferences} from './foreign-references';
import {isSharedPrototype} from './shared-prototype';
import type {Dictionary, ModelClass} from '../juggler/types';

/** Makes one of the statics that juggler gives to each class for itself. */
export interface LazyStatic {
  readonly enumerable?: boolean;
  /** What juggler's `define` gives to the class that it fills in has no part in it: this one stays. */
  readonly stays?: boolean;
  makeFor(model: ModelClass): unknown;
}

/** juggler: "The model can have more than 10 listeners for lazy relationship setup". */
const MAX_LISTENERS = 32;

/** One look at many classes: synchronous, so that no base changes meanwhile. */
export type Look = object;

/** Whether a layer still is what its base gives: asked once in each look. */
class Currency {
  #look: Look | undefined;
  #isCurrent = false;

  constructor(private readonly find: () => boolean) {}

  isCurrentIn(look: Look): boolean {
    if (look !== this.#look) {
      this.#isCurrent = this.find();
      this.#look = look;
    }
    return this.#isCurrent;
  }
}

/** By each of its objects. */
const current = new WeakMap<object, Currency>();

/** Whether a class has the statics that a class made now would have. */
export function hasCurrentStatics(model: ModelClass, look: Look): boolean {
  return current.get(Object.getPrototypeOf(model) as object)?.isCurrentIn(look) ?? false;
}

/** Whether an object is one that classes inherit their statics from. */
export function isStaticLayer(statics: object): boolean {
  return current.has(statics);
}

/** A layer over a layer, for classes that have more than their base gives. */
export function layerOver(statics: object): object {
  const over = Object.create(statics) as object;
  current.set(over, current.get(statics)!);
  return over;
}

const EMITTER_METHODS = Object.keys(EventEmitter.prototype).filter(
  name => typeof (EventEmitter.prototype as unknown as Dictionary<unknown>)[name] === 'function',
);

/** Its objects, each the prototype of classes, refer to the base and to no class on it. */
export interface StaticLayer {
  readonly statics: object;
  /** With what only classes have whose properties bring validations. */
  readonly validated: object;
  isCurrent(): boolean;
}

/** In place of the value of a static that each class has for itself. */
const OWN = Symbol('own');

/**
 * What all classes on one base inherit, in place of copies of their own: the base's statics as they are at the time, and
 * what juggler makes for each class, made on first use as the class's own. A layer refers to its base and to no class on it.
 */
export class StaticLayerTable {
  #layers = new WeakMap<ModelClass, StaticLayer>();
  #placeholder: object | undefined;
  readonly #lazy: Dictionary<LazyStatic>;

  /** @param lazy what each class has for itself, by name */
  constructor(
    lazy: Dictionary<LazyStatic>,
    private readonly validations: LazyStatic,
  ) {
    this.#lazy = {...lazy};
    for (const name of EMITTER_METHODS) this.#lazy[name] = {enumerable: true, makeFor: model => emitterMethod(model, name)};
  }

  /** What a placeholder has, before it is known what its base is. */
  get placeholder(): object {
    if (!this.#placeholder) {
      this.#placeholder = Object.create(Function.prototype) as object;
      for (const name of EMITTER_METHODS) this.#addLazy(this.#placeholder, name, this.#lazy[name]);
    }
    return this.#placeholder;
  }

  /** The layer of a base; another one where the base's statics have changed since, as stock takes them when it defines. */
  layerOf(base: ModelClass): StaticLayer {
    let layer = this.#layers.get(base);
    if (!layer?.isCurrent()) this.#layers.set(base, (layer = this.#make(base)));
    return layer;
  }

  #make(base: ModelClass): StaticLayer {
    const below = Object.getPrototypeOf(base) as object;
    // what the base itself inherits does not change
    const isOver = current.has(below);
    const statics = Object.create(isOver ? below : Function.prototype) as object;
    const names: string[] = [];
    const values: unknown[] = [];
    for (const name in base) {
      if (isOver && !Object.hasOwn(base, name)) break;
      const value = this.#valueIn(base, name);
      names.push(name);
      values.push(value);
      if (value !== OWN) defineOwn(statics, name, value, true);
    }
    for (const name of ['base', 'super_']) this.#addLazy(statics, name, {makeFor: () => base});
    defineOwn(statics, '__rank', (base as {__rank?: number}).__rank! + 1, true);
    if (!isOver) for (const name in this.#lazy) this.#addLazy(statics, name, this.#lazy[name]);
    keepInMixins(statics);
    watchForeignReferences(statics as ModelClass);
    const isCurrent = () => {
      let index = 0;
      if (isOver && Object.getPrototypeOf(base) !== below) return false;
      for (const name in base) {
        if (isOver && !Object.hasOwn(base, name)) break;
        const value = values[index];
        if (name !== names[index++]) return false;
        if (value !== OWN && value !== (base as unknown as Dictionary<unknown>)[name]) return false;
      }
      return index === names.length;
    };
    current.set(statics, new Currency(isCurrent));
    const validated = layerOver(statics);
    this.#addLazy(validated, 'validations', this.validations);
    return {statics, validated, isCurrent};
  }

  /** juggler takes what the class has not got, and never the mixins. */
  #valueIn(base: ModelClass, name: string): unknown {
    if (name === '_mixins' || name === '__rank' || name === 'definition' || name in this.#lazy || name in Function.prototype)
      return OWN;
    return (base as unknown as Dictionary<unknown>)[name];
  }

  #addLazy(statics: object, name: string, {enumerable = false, stays, makeFor: make}: LazyStatic): void {
    Object.defineProperty(statics, name, {
      get(this: ModelClass) {
        const model = lightClassOf(this);
        // of the layer itself
        if (!model) return undefined;
        return make(model);
      },
      set(this: ModelClass, value: unknown) {
        if (!(stays && isBeingFilledIn(this))) defineOwn(this, name, value, enumerable);
      },
      enumerable,
      configurable: true,
    });
  }
}

/**
 * juggler mixes in what a class has not got as its own. What classes of ours share is their own on stock, so before a mixin has
 * something of that name it becomes their own.
 */
function keepInMixins(statics: object): void {
  const {mixin} = statics as {mixin?: (this: ModelClass, another: unknown, ...rest: unknown[]) => unknown};
  if (typeof mixin !== 'function') return;
  const kept = function (this: ModelClass, another: unknown, ...rest: unknown[]): unknown {
    for (const name of keysOf(another)) keep(this, name, isStaticLayer);
    const prototype = (another as {prototype?: unknown} | undefined)?.prototype;
    for (const name of keysOf(prototype)) keep(this.prototype as object, name, isSharedPrototype);
    return mixin.call(this, another, ...rest);
  };
  defineOwn(statics, 'mixin', Object.defineProperty(kept, 'name', {value: mixin.name}), true);
}

function keysOf(mixin: unknown): string[] {
  return typeof mixin === 'function' || (typeof mixin === 'object' && mixin !== null) ? Object.keys(mixin) : [];
}

function keep(place: object, name: string, isShared: (object: object) => boolean): void {
  if (Object.hasOwn(place, name)) return;
  let above = Object.getPrototypeOf(place) as object | null;
  while (above && isShared(above) && !Object.hasOwn(above, name)) above = Object.getPrototypeOf(above) as object | null;
  if (!above || !isShared(above)) return;
  const property = Object.getOwnPropertyDescriptor(above, name)!;
  // a static that is made on first use
  if (property.get && isShared === isStaticLayer) defineOwn(place, name, (place as Dictionary<unknown>)[name], true);
  else Object.defineProperty(place, name, property);
}

function emitterMethod(model: ModelClass, name: string): unknown {
  // juggler emits at each step of a class's making, mostly to nobody
  if (name === 'emit' && !madeOnce(model, ''))
    return (...args: Parameters<EventEmitter['emit']>) => emitterOf(model, args).emit(...args);
  return makeOnce(model, name, () => {
    const emitter = makeOnce(model, '', newEmitter);
    return (emitter as unknown as Dictionary<Function>)[name].bind(emitter) as unknown;
  });
}

/** One for all where nobody listens, and an error need not be thrown. */
function emitterOf(model: ModelClass, [event]: Parameters<EventEmitter['emit']>): EventEmitter {
  if (event !== 'error') return (madeOnce(model, '') as EventEmitter | undefined) ?? nobody;
  return makeOnce(model, '', newEmitter);
}

const nobody = new EventEmitter();

function newEmitter(): EventEmitter {
  return new EventEmitter().setMaxListeners(MAX_LISTENERS);
}
