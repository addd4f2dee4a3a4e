import {registryOfClass} from '../registry/model-registry';
import {noteForeignReferences} from '../classes/foreign-references';
import {isModelClass, type Dictionary, type ModelClass, type Relation} from '../juggler/types';

export interface RelationSettings extends Relation {
  model?: unknown;
  through?: unknown;
}

const DEFERRED = 'dataAccessConfigured';

/**
 * Runs juggler's `defineRelations`. A relation whose target has no datasource yet waits for that by a listener on the target: it goes
 * where the define fails, and is written down where the target is another registry's.
 * @param define juggler's
 */
export function followDeferredRelations(
  model: ModelClass,
  relations: Dictionary<RelationSettings>,
  lookUp: (name: string) => ModelClass | undefined,
  define: () => void,
): void {
  const owner = registryOfClass(model);
  const targets = new Map<ModelClass, number>();
  for (const name in relations) {
    for (const named of [relations[name]?.model, relations[name]?.through]) {
      const target = isModelClass(named) ? named : typeof named === 'string' ? lookUp(named) : undefined;
      if (!target) continue;
      targets.set(target, waiting(target).length);
      // juggler's note on a target that it is one
      if (!target._scopeMeta) owner?.journal.note({undo: () => delete target._scopeMeta});
    }
  }
  try {
    define();
  } finally {
    for (const [target, before] of targets) {
      for (const listener of waiting(target).slice(before)) {
        owner?.journal.note({undo: () => target.removeListener?.(DEFERRED, listener)});
        if (owner && registryOfClass(target) !== owner) owner.foreignReferences.addListener(target, DEFERRED, listener);
      }
    }
  }
  noteForeignReferences(model);
}

function waiting(target: ModelClass): ((...args: unknown[]) => void)[] {
  return (target.listeners?.(DEFERRED) ?? []) as ((...args: unknown[]) => void)[];
}
