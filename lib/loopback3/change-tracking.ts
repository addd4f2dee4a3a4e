import {ownerOf} from '../scoped-registry/ownership/class-owner';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import type {PersistedModel} from './loopback';
import {clearInterval, setInterval} from '../scoped-registry/primitives/timers';

/** LoopBack's default of the setting `changeCleanupInterval`, in milliseconds. */
const DEFAULT_INTERVAL = 30_000;

/**
 * Replaces `PersistedModel.enableChangeTracking`, which LoopBack 3 calls for each model with the setting `trackChanges`.
 * LoopBack's method starts an interval and keeps no handle to it, so the interval can never be cleared: it keeps the class
 * alive and the process open, and it throws once the class has ended. For a tenant's model the replacement starts an
 * interval that ends with the class.
 * @returns a function that restores LoopBack's method
 */
export function replaceChangeTracking(base: PersistedModel): () => void {
  const {enableChangeTracking} = base;
  return overrideMethods(base, {enableChangeTracking: enable});

  function enable(this: PersistedModel): void {
    const {settings} = this;
    const interval = (settings.changeCleanupInterval ?? DEFAULT_INTERVAL) as number;
    if (ownerOf(this)?.tenant === undefined || !(interval > 0)) return enableChangeTracking.call(this);
    // LoopBack starts no interval when the setting is negative.
    settings.changeCleanupInterval = -1;
    enableChangeTracking.call(this);
    settings.changeCleanupInterval = interval;
    rectifyChanges(this);
    repeatRectifying(new WeakRef(this), interval);
  }
}

function repeatRectifying(reference: WeakRef<PersistedModel>, interval: number): void {
  const timer = setInterval(() => {
    const Model = reference.deref();
    if (!Model || ownerOf(Model)!.disposed) clearInterval(timer);
    else rectifyChanges(Model);
  }, interval).unref();
}

/** The same work that LoopBack's own interval does. */
function rectifyChanges(Model: PersistedModel): void {
  Model.rectifyAllChanges(error => {
    if (error) Model.handleChangeError(error, 'cleanup');
  });
}
