import {EventEmitter} from 'node:events';
import {watchForeignHolds} from './foreign-holds';
import type {Dictionary, ModelClass, ModelDefinition} from './juggler';

/** Makes one of the statics that juggler gives to each class for itself. */
export interface LazyStatic {
  readonly enumerable?: boolean;
  /** What juggler's `define` gives to the class that it fills in has no part in it: this one stays. */
  readonly stays?: boolean;
  make(model: ModelClass): unknown;
}

interface FirstUses {
  /** What an embedded class was made with; code may have put another in its place. */
  readonly definition: ModelDefinition | undefined;
  made: Map<string, unknown> | undefined;
  /** juggler's `define` is at work on it. */
  filling?: boolean;
}

/** A class that inherits its statics has this property: what was made for it on first use, by name. */
export const FIRST_USES = Symbol('first uses');

/** juggler: "The model can have more than 10 listeners for lazy relationship setup". */
const MAX_LISTENERS = 32;

/** By each of its objects, whether a layer still is what its base gives. */
const current = new WeakMap<object, () => boolean>();

/** Whether a class has the statics that a class made now would have. */
export function hasCurrentStatics(model: ModelClass): boolean {
  return current.get(Object.getPrototypeOf(model) as object)?.() ?? false;
}

const EMITTER_METHODS = Object.keys(EventEmitter.prototype).filter(
  name => typeof (EventEmitter.prototype as unknown as Dictionary<unknown>)[name] === 'function',
);

interface Layer {
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
export class StaticLayers {
  #layers = new WeakMap<ModelClass, Layer>();
  #placeholder: object | undefined;
  readonly #lazy: Dictionary<LazyStatic>;

  /** @param lazy what each class has for itself, by name */
  constructor(
    lazy: Dictionary<LazyStatic>,
    private readonly validations: LazyStatic,
  ) {
    this.#lazy = {...lazy};
    for (const name of EMITTER_METHODS) this.#lazy[name] = {enumerable: true, make: model => emitterMethod(model, name)};
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
  of(base: ModelClass, validated: boolean): object {
    let layer = this.#layers.get(base);
    if (!layer?.isCurrent()) this.#layers.set(base, (layer = this.#make(base)));
    return validated ? layer.validated : layer.statics;
  }

  #make(base: ModelClass): Layer {
    const statics = Object.create(Function.prototype) as object;
    const names: string[] = [];
    const values: unknown[] = [];
    for (const name in base) {
      const value = this.#valueIn(base, name);
      names.push(name);
      values.push(value);
      if (value !== OWN) own(statics, name, value, true);
    }
    for (const name of ['base', 'super_']) this.#addLazy(statics, name, {make: () => base});
    own(statics, '__rank', (base as {__rank?: number}).__rank! + 1, true);
    for (const name in this.#lazy) this.#addLazy(statics, name, this.#lazy[name]);
    keepInMixins(statics);
    watchForeignHolds(statics as ModelClass);
    const validated = Object.create(statics) as object;
    this.#addLazy(validated, 'validations', this.validations);
    const isCurrent = () => {
      let index = 0;
      for (const name in base) {
        const value = values[index];
        if (name !== names[index++]) return false;
        if (value !== OWN && value !== (base as unknown as Dictionary<unknown>)[name]) return false;
      }
      return index === names.length;
    };
    for (const object of [statics, validated]) current.set(object, isCurrent);
    return {statics, validated, isCurrent};
  }

  /** juggler takes what the class has not got, and never the mixins. */
  #valueIn(base: ModelClass, name: string): unknown {
    if (name === '_mixins' || name === '__rank' || name === 'definition' || name in this.#lazy || name in Function.prototype)
      return OWN;
    return (base as unknown as Dictionary<unknown>)[name];
  }

  #addLazy(statics: object, name: string, {enumerable = false, stays, make}: LazyStatic): void {
    Object.defineProperty(statics, name, {
      get(this: ModelClass) {
        const model = makerOf(this);
        // of the layer itself
        if (!model) return undefined;
        return make(model);
      },
      set(this: ModelClass, value: unknown) {
        if (!(stays && isFilling(this))) own(this, name, value, enumerable);
      },
      enumerable,
      configurable: true,
    });
  }
}

/** juggler mixes in what a class has not got as its own, and on stock these statics are its own. */
function keepInMixins(statics: object): void {
  const {mixin} = statics as {mixin?: (this: object, another: unknown, ...rest: unknown[]) => unknown};
  if (typeof mixin !== 'function') return;
  const kept = function (this: object, another: unknown, ...rest: unknown[]): unknown {
    if (typeof another === 'function' || (typeof another === 'object' && another !== null)) {
      for (const name of Object.keys(another)) {
        if (Object.hasOwn(statics, name) && !Object.hasOwn(this, name))
          own(this, name, (this as Dictionary<unknown>)[name], true);
      }
    }
    return mixin.call(this, another, ...rest);
  };
  own(statics, 'mixin', Object.defineProperty(kept, 'name', {value: mixin.name}), true);
}

/** The class itself, where a transaction's copy of it or a subclass asks. */
function makerOf(model: object): ModelClass | undefined {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, FIRST_USES)) owner = Object.getPrototypeOf(owner) as object | null;
  return (owner as ModelClass | null) ?? undefined;
}

export function own<T>(place: object, name: string, value: T, enumerable = false): T {
  Object.defineProperty(place, name, {value, enumerable, writable: true, configurable: true});
  return value;
}

/** What was made on first use and is no property of the class: `Object.keys` lists what code has put there. */
export function once<T>(model: ModelClass, name: string, make: () => T): T {
  const made = (firstUses(model).made ??= new Map());
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

/** What was made, without making it. */
export function madeOnce(model: ModelClass, name: string): unknown {
  return firstUses(model).made?.get(name);
}

/** Of an embedded class, which has its definition from its making on. */
/** Whether anything was made of a class on first use. */
export function isUsed(model: ModelClass): boolean {
  return firstUses(model).made !== undefined || Object.hasOwn(model, '_observers') || Object.hasOwn(model, 'relations');
}

export function madeWith(model: ModelClass): ModelDefinition {
  return firstUses(model).definition!;
}

/** Lets juggler's `define` fill in a class that it takes for a placeholder. */
export function filling<T>(model: ModelClass, define: () => T): T {
  const uses = firstUses(model);
  uses.filling = true;
  try {
    return define();
  } finally {
    uses.filling = false;
  }
}

export function isFilling(model: ModelClass): boolean {
  return Object.hasOwn(model, FIRST_USES) && firstUses(model).filling === true;
}

function firstUses(model: ModelClass): FirstUses {
  return (model as unknown as {[FIRST_USES]: FirstUses})[FIRST_USES];
}

function emitterMethod(model: ModelClass, name: string): unknown {
  const emitter = once(model, '', () => new EventEmitter().setMaxListeners(MAX_LISTENERS));
  return once(model, name, () => (emitter as unknown as Dictionary<Function>)[name].bind(emitter) as unknown);
}
