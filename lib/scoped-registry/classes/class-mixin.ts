/** Model classes that are mixins by name. juggler makes a closure over such a class, which would keep it alive after its end. */
import {ownerOf} from '../ownership/class-owner';
import type {ReleasedAtEnd} from '../ownership/owning-registry';
import type {MixinProvider, ModelClass} from '../juggler/types';
import {defineOwn} from '../primitives/own-property';

type Mixed = ModelClass & {mixin(mixin: ModelClass, options: unknown): void};

class ClassMixin implements ReleasedAtEnd {
  #model: ModelClass | undefined;
  #endError: (() => Error) | undefined;

  constructor(model: ModelClass) {
    this.#model = model;
    mixins.set(this.apply, this);
  }

  /**
   * The function that the builder keeps. A model without a datasource keeps it as well, to be called when the model is attached. If the
   * class has ended by then, the model is attached without it: a failure would leave the model half attached.
   */
  readonly apply = (target: Mixed, options: unknown): void => {
    if (this.#model) target.mixin(this.#model, options);
  };

  get isReleased(): boolean {
    return this.#model === undefined;
  }

  /**
   * Notes that a model has the mixin, also while it has no datasource and the mixin is not applied.
   * @throws the error of the registry in which the class has ended
   */
  noteHolder(holder: ModelClass): void {
    if (this.#endError) throw this.#endError();
    ownerOf(this.#model)?.foreignReferences.addHolder(holder);
  }

  /** See ReleasedAtEnd. */
  release(isGone: (model: unknown) => boolean, endError: () => Error): void {
    if (!isGone(this.#model)) return;
    this.#model = undefined;
    this.#endError = endError;
  }
}

/** By the function that takes the place of a class. */
const mixins = new WeakMap<object, ClassMixin>();

/** Whether what a builder has under the name of a mixin was a class that has ended. */
export function isEndedMixin(mixin: unknown): boolean {
  return typeof mixin === 'function' && mixins.get(mixin)?.isReleased === true;
}

type ProviderMethods = Pick<MixinProvider, 'define' | 'applyMixin'>;

/** By the method `define` that they replace, and by their own: most builders share one pair. */
const methodsByDefine = new WeakMap<Function, {applyMixin: Function; methods: ProviderMethods}>();

/** The methods of a builder's mixins that do not keep a class after its end. It is an error then to define a model with it. */
export function mixinMethods({define, applyMixin}: ProviderMethods): ProviderMethods {
  const known = methodsByDefine.get(define);
  if (known?.applyMixin === applyMixin) return known.methods;
  const methods = makeMixinMethods({define, applyMixin});
  methodsByDefine.set(define, {applyMixin, methods});
  methodsByDefine.set(methods.define, {applyMixin: methods.applyMixin, methods});
  return methods;
}

function makeMixinMethods({define, applyMixin}: ProviderMethods): ProviderMethods & ThisType<MixinProvider> {
  return {
    define(name, mixin) {
      const owner = ownerOf(mixin);
      if (!owner || owner.outlivesTenants) return define.call(this, name, mixin);
      const classMixin = new ClassMixin(mixin as ModelClass);
      owner.foreignReferences.addMixin(classMixin);
      return define.call(this, name, classMixin.apply);
    },
    applyMixin(model, name, options) {
      const mixin = this.mixins[name];
      if (typeof mixin === 'function') mixins.get(mixin)?.noteHolder(model);
      return applyMixin.call(this, model, name, options);
    },
  };
}

/** By the prototype of mixin providers: an object between it and the providers, which has the methods. */
const layers = new WeakMap<object, object>();

/** Gives a builder's mixins the methods. Providers of one class share them: methods of its own would weigh more than the provider. */
export function guardMixins(provider: MixinProvider): void {
  const methods = mixinMethods(provider);
  if (Object.hasOwn(provider, 'define') || Object.hasOwn(provider, 'applyMixin')) {
    for (const [name, method] of Object.entries(methods)) defineOwn(provider, name, method);
    return;
  }
  const prototype = Object.getPrototypeOf(provider) as MixinProvider;
  if (prototype.define === methods.define && prototype.applyMixin === methods.applyMixin) return;
  let layer = layers.get(prototype) as MixinProvider | undefined;
  if (layer?.define !== methods.define || layer.applyMixin !== methods.applyMixin) {
    layer = Object.create(prototype) as MixinProvider;
    for (const [name, method] of Object.entries(methods)) defineOwn(layer, name, method);
    layers.set(prototype, layer);
  }
  Object.setPrototypeOf(provider, layer);
}
