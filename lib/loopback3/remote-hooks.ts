import type {ModelClass} from '../scoped-registry/juggler/types';
import {overrideMethods} from '../scoped-registry/scoped-juggler';

interface Application {
  models(): readonly unknown[];
}

export interface RemoteModel extends ModelClass {
  app?: Application;
  setup(): unknown;
  once(event: 'attached', listener: () => void): void;
  _runWhenAttachedToApp(work: (app: Application) => void): void;
}

/**
 * A class has for its application that of the model it extends, and LoopBack's own hooks of it (those of `User`, say) stay
 * with the remoting of that application for ever. So they wait for the class itself to be attached there, which a tenant's
 * never is.
 * @param models those that may have LoopBack's `setup`, which their subclasses copy
 */
export function letHooksWait(base: RemoteModel, models: readonly RemoteModel[]): () => void {
  const {setup} = base;
  function waiting(this: RemoteModel): unknown {
    const result = setup.call(this);
    this._runWhenAttachedToApp = runWhenAttached;
    return result;
  }
  const undo = models.filter(model => model.setup === setup).map(model => overrideMethods(model, {setup: waiting}));
  return () => undo.forEach(step => step());
}

function runWhenAttached(this: RemoteModel, work: (app: Application) => void): void {
  if (this.app?.models().includes(this)) work(this.app);
  else this.once('attached', () => work(this.app!));
}
