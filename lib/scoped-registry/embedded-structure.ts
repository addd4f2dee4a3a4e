import type {Dialect} from './dialect';
import {FirstUses} from './first-use';
import type {Dictionary} from './juggler';
import {snapshot} from './own-copy';
import {isSharedShape} from './shared-shapes';

/** What an embedded class is made from, and what it makes on first use. */
export class EmbeddedStructure extends FirstUses {
  #pristine: Dictionary<unknown> | undefined;

  /**
   * @param raw an own copy of the properties
   * @param types what they resolve to, in their order
   * @param hash see shape-hash.ts
   */
  constructor(
    public raw: Dictionary<unknown>,
    public types: readonly unknown[],
    readonly dialect: Dialect,
    readonly hash: number,
  ) {
    super();
  }

  /** The properties as they were when the class was made. */
  get pristine(): Dictionary<unknown> {
    return this.#pristine ?? this.raw;
  }

  /** Lets somebody see `raw`, who may write to it from now on. */
  show(): void {
    if (this.#pristine) return;
    this.#pristine = this.raw;
    if (isSharedShape(this.raw)) this.raw = snapshot(this.raw) as Dictionary<unknown>;
    else this.#pristine = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(this.raw)) as Dictionary<unknown>;
  }

  /** Refers to nothing from now on. */
  forget(): void {
    this.raw = {};
    this.types = [];
    this.#pristine = undefined;
  }
}
