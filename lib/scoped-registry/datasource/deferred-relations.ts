import {registryOfClass} from '../registry/model-registry';
import {noteForeignReferences} from '../classes/noted-references';
import {isModelClass, type Dictionary, type ModelClass, type Relation} from '../juggler/types';

/** A relation in the settings of a model: `model` and `through` are classes or names. */
export interface RelationSettings extends Relation {
  model?: unknown;
  through?: unknown;
}

/** The event for which juggler waits if the target of a relation is not attached to a datasource yet. */
const ATTACHED = 'dataAccessConfigured';

/**
 * Runs juggler's `defineRelations`, which adds a listener to each target that is not attached to a datasource yet. The listener is removed
 * again if the define fails. If the target belongs to another registry, the registry of `model` notes the listener and removes it when it
 * ends.
 * @param define calls juggler's `defineRelations`
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
      targets.set(target, listenersOf(target).length);
      // juggler adds this object to a class that is the target of a relation
      if (!target._scopeMeta) owner?.journal.note({undo: () => delete target._scopeMeta});
    }
  }
  try {
    define();
  } finally {
    for (const [target, before] of targets) {
      for (const listener of listenersOf(target).slice(before)) {
        owner?.journal.note({undo: () => target.removeListener?.(ATTACHED, listener)});
        if (owner && registryOfClass(target) !== owner) owner.foreignReferences.addListener(target, ATTACHED, listener);
      }
    }
  }
  noteForeignReferences(model);
}

function listenersOf(target: ModelClass): ((...args: unknown[]) => void)[] {
  return (target.listeners?.(ATTACHED) ?? []) as ((...args: unknown[]) => void)[];
}
