import type {ModelClass} from '../scoped-registry/juggler/types';
import {overrideMethods} from '../scoped-registry/scoped-juggler';

interface Application {
  models(): readonly unknown[];
}

/** A model class of LoopBack 3, with the members that its remote hooks use. */
export interface RemoteModel extends ModelClass {
  app?: Application;
  setup(): unknown;
  once(event: 'attached', listener: () => void): void;
  _runWhenAttachedToApp(work: (app: Application) => void): void;
}

/**
 * Delays the remote hooks of a class (`beforeRemote`, `afterRemote`) until the class itself is attached to an application.
 *
 * A subclass inherits the property `app` of its base model. LoopBack's `_runWhenAttachedToApp` does not notice that the
 * subclass itself is not attached, and registers its hooks with the remoting of that application, which keeps them for ever.
 * `User.setup` adds such hooks to each subclass of User, so a tenant's subclass could never be collected. With the delay its
 * hooks are never registered, because a tenant's class is not attached to an application.
 * @param base LoopBack's `Model`, whose `setup` puts `_runWhenAttachedToApp` on each class
 * @param models the classes that may have LoopBack's `setup`. Each is changed, because juggler copies statics to subclasses.
 * @returns a function that restores LoopBack's `setup`
 */
export function delayRemoteHooks(base: RemoteModel, models: readonly RemoteModel[]): () => void {
  const {setup} = base;
  function setupWithDelay(this: RemoteModel): unknown {
    const result = setup.call(this);
    this._runWhenAttachedToApp = runWhenAttached;
    return result;
  }
  const undo = models.filter(model => model.setup === setup).map(model => overrideMethods(model, {setup: setupWithDelay}));
  return () => undo.forEach(step => step());
}

function runWhenAttached(this: RemoteModel, work: (app: Application) => void): void {
  if (this.app?.models().includes(this)) work(this.app);
  else this.once('attached', () => work(this.app!));
}
