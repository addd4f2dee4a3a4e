/**
 * The base class of a builder, which is in `defaultModelBaseClass` in juggler. A builder may get a class of another registry, and must not
 * keep it alive after its end. So each builder has an accessor in place of the property, which records such a class.
 */
import {ownerOf} from '../ownership/class-owner';
import {defineOwn} from '../primitives/own-property';
import type {ModelClass, StockModelBuilder} from '../juggler/types';

/** Where a builder has its base class. A builder without one inherits it from the builder that it stands for. */
const BASE = Symbol('default base class');

type WithBase = StockModelBuilder & {[BASE]?: ModelClass};

export function defaultBaseOf(builder: StockModelBuilder): ModelClass {
  return (builder as WithBase)[BASE]!;
}

export function setDefaultBase(builder: StockModelBuilder, base: ModelClass): void {
  defineOwn(builder, BASE, base);
  const owner = ownerOf(base);
  if (owner && !owner.outlivesTenants) owner.foreignReferences.addBuilder(builder);
}

/** Removes the builder's own base class. */
export function removeDefaultBase(builder: StockModelBuilder): void {
  delete (builder as WithBase)[BASE];
}

/** Gives a builder whose base class is gone the base that it inherits, or else the nearest class that the gone one extends. */
export function replaceDefaultBase(builder: StockModelBuilder, isGone: (base: unknown) => boolean): void {
  if (!Object.hasOwn(builder, BASE)) return;
  let base: ModelClass | undefined = defaultBaseOf(builder);
  if (!isGone(base)) return;
  removeDefaultBase(builder);
  if (defaultBaseOf(builder)) return;
  while (base && isGone(base)) base = base.base;
  defineOwn(builder, BASE, base);
}
