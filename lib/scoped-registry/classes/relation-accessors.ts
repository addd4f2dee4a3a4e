import type {ModelClass} from '../juggler/types';
import {ownStateOf} from '../ownership/class-record';

/** Called with an instance before one of its relations is used. */
export type RelationCheck = (instance: object) => void;

/** By accessor: the checks that it runs. */
const checksOf = new WeakMap<Function, Set<RelationCheck>>();

/**
 * Makes the accessor of each relation of a class run `check` first: every use of a relation on an instance begins there. Accessors that run
 * this check already stay as they are.
 */
export function checkBeforeRelations(model: ModelClass, check: RelationCheck): void {
  for (const name of Object.keys(ownStateOf<object>(model, 'relations') ?? {})) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name);
    const get = property?.get;
    if (!get || !property.configurable) continue;
    const known = checksOf.get(get);
    if (known) {
      known.add(check);
      continue;
    }
    const checks = new Set([check]);
    const checked = function (this: object): unknown {
      for (const each of checks) each(this);
      return get.call(this);
    };
    checksOf.set(checked, checks);
    Object.defineProperty(model.prototype, name, {...property, get: checked});
  }
}
