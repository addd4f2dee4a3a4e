import type {Method} from '../juggler/callback';
import {copyMethodProperties} from '../juggler/method-replacement';
import type {ModelClass} from '../juggler/types';

type Refuse = (name: string, instance: object, args: readonly unknown[]) => {readonly answer: unknown} | undefined;

/** Accessors that were replaced already. */
const guarded = new WeakSet<object>();

/**
 * Guards `update` and `destroy` of the relations `hasOne` and `belongsTo`. juggler's own methods look for the related instance first, and
 * report each failure of that as a relation that is empty.
 * @param refuse answers a call that must be refused
 */
export function guardSingleRelations(model: ModelClass, refuse: Refuse): void {
  const prototype = model.prototype as object;
  for (const relationName of Object.keys(model.relations ?? {})) {
    const {type} = model.relations![relationName];
    const property = Object.getOwnPropertyDescriptor(prototype, relationName);
    const get = property?.get;
    if ((type !== 'hasOne' && type !== 'belongsTo') || !get || !property.configurable || guarded.has(get)) continue;
    const guardedGet = function (this: object): unknown {
      const relation = get.call(this) as Record<string, Method | undefined> | undefined;
      for (const name of ['update', 'destroy']) {
        const method = relation?.[name];
        if (typeof method !== 'function') continue;
        const instance = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the method has a `this` of its own
        const guard: Method = function (...args) {
          const refused = refuse(`${relationName}.${name}`, instance, args);
          return refused ? refused.answer : method.apply(this, args);
        };
        relation![name] = copyMethodProperties(guard, method);
      }
      return relation;
    };
    guarded.add(guardedGet);
    Object.defineProperty(prototype, relationName, {...property, get: guardedGet});
  }
}
