import {ownerOf} from '../scoped-registry/ownership/class-owner';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import type {PersistedModel} from './loopback';

/** LoopBack's own, in milliseconds. */
const DEFAULT_INTERVAL = 30_000;

/**
 * With the setting `trackChanges` LoopBack gives each model an interval of its own, which nobody can stop: it keeps the
 * class and the process, and throws once the class has ended. A tenant's models get one that ends with them.
 */
export function letGoOfTrackedModels(base: PersistedModel): () => void {
  const {enableChangeTracking} = base;
  return overrideMethods(base, {enableChangeTracking: enable});

  function enable(this: PersistedModel): void {
    const {settings} = this;
    const interval = (settings.changeCleanupInterval ?? DEFAULT_INTERVAL) as number;
    if (ownerOf(this)?.tenant === undefined || !(interval > 0)) return enableChangeTracking.call(this);
    // what it takes for switched off
    settings.changeCleanupInterval = -1;
    enableChangeTracking.call(this);
    settings.changeCleanupInterval = interval;
    cleanUp(this);
    repeat(new WeakRef(this), interval);
  }
}

function repeat(weakly: WeakRef<PersistedModel>, interval: number): void {
  const timer = setInterval(() => {
    const Model = weakly.deref();
    if (!Model || ownerOf(Model)!.disposed) clearInterval(timer);
    else cleanUp(Model);
  }, interval).unref();
}

function cleanUp(Model: PersistedModel): void {
  Model.rectifyAllChanges(error => {
    if (error) Model.handleChangeError(error, 'cleanup');
  });
}
