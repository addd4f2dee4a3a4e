import type {Method} from '../juggler/callback';
import {copyMethodProperties} from '../juggler/method-replacement';
import type {ModelClass} from '../juggler/types';

type Refuse = (name: string, instance: object, args: readonly unknown[]) => {readonly answer: unknown} | undefined;

/** The definitions of relations whose accessor was replaced already. The accessor may have been replaced again since, by a check. */
const guarded = new WeakSet<object>();

/**
 * Guards `update` and `destroy` of the relations `hasOne` and `belongsTo`. juggler's own methods look for the related instance first, and
 * report each failure of that as a relation that is empty.
 * @param refuse answers a call that must be refused
 */
export function guardSingleRelations(model: ModelClass, refuse: Refuse): void {
  const prototype = model.prototype as object;
  for (const relationName of Object.keys(model.relations ?? {})) {
    const relation = model.relations![relationName];
    const {type} = relation;
    const property = Object.getOwnPropertyDescriptor(prototype, relationName);
    const get = property?.get;
    if ((type !== 'hasOne' && type !== 'belongsTo') || !get || !property.configurable || guarded.has(relation)) continue;
    const guardedGet = function (this: object): unknown {
      const accessor = get.call(this) as Record<string, Method | undefined> | undefined;
      for (const name of ['update', 'destroy']) {
        const method = accessor?.[name];
        if (typeof method !== 'function') continue;
        const instance = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the method has a `this` of its own
        const guard: Method = function (...args) {
          const refused = refuse(`${relationName}.${name}`, instance, args);
          return refused ? refused.answer : method.apply(this, args);
        };
        accessor![name] = copyMethodProperties(guard, method);
      }
      return accessor;
    };
    guarded.add(relation);
    Object.defineProperty(prototype, relationName, {...property, get: guardedGet});
  }
}
