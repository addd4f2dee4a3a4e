import {registryOfClass} from '../registry/model-registry';
import {noteForeignReferences} from '../classes/noted-references';
import {isModelClass, type Dictionary, type ModelClass, type Relation, type StockDataSource} from '../juggler/types';
import {isOf, servesAnother} from '../ownership/class-home';
import {ownStateOf} from '../ownership/class-record';

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
      if (owner && named !== target && servesAnother(target, model.modelBuilder!)) owner.catalogue.hasBorrowedTargets = true;
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

/**
 * Sets the relations of a datasource's models up again that lead to another datasource's model, now that this datasource has a model of
 * that name.
 * @param models the models of the registry
 */
export function takeOverRelations(dataSource: StockDataSource, target: ModelClass, models: Iterable<ModelClass>): void {
  const builder = target.modelBuilder!;
  const isBorrowed = (named: unknown, found: ModelClass | null | undefined) =>
    named === target.modelName && Boolean(found) && servesAnother(found!, builder);
  for (const model of models) {
    if (!isOf(model, builder)) continue;
    const {relationships, relations} = model.settings as {[name: string]: Dictionary<RelationSettings> | undefined};
    const settings = relationships ?? relations;
    const made = ownStateOf<Dictionary<Relation>>(model, 'relations');
    for (const name in settings) {
      const relation = made?.[name];
      if (isBorrowed(settings[name]?.model, relation?.modelTo) || isBorrowed(settings[name]?.through, relation?.modelThrough))
        dataSource.defineRelations(model, {[name]: settings[name]});
    }
  }
}

function listenersOf(target: ModelClass): ((...args: unknown[]) => void)[] {
  return (target.listeners?.(ATTACHED) ?? []) as ((...args: unknown[]) => void)[];
}
