import {AsyncLocalStorage} from 'node:async_hooks';
import {errorText, logDataSource} from '../../scoped-registry/debug-log';
import type {Callback} from '../../scoped-registry/juggler/callback';
import {isJugglersOwn} from '../../scoped-registry/juggler/method-replacement';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {runUncounted} from '../context/uncounted-context';
import type {TenantRegistries} from '../tenant-registries';
import {setTimeout} from '../../scoped-registry/primitives/timers';

type Observer = (context: unknown, next: () => unknown) => unknown;

interface Checkpoint extends ModelClass {
  current(callback: Callback): unknown;
  _getSingleton(callback: Callback): unknown;
}

interface ObservedModel extends ModelClass {
  observe(operation: string, observer: Observer): unknown;
}

interface Change extends ObservedModel {
  Checkpoint?: Checkpoint;
  getCheckpointModel(): Checkpoint;
}

/** A model of LoopBack 3 with the setting `trackChanges` or `enableRemoteReplication`. */
interface TrackedModel extends ObservedModel {
  readonly Change: Change;
  rectifyAllChanges(callback: (error?: unknown) => void): unknown;
  handleChangeError(error: unknown, operation: string): unknown;
}

/** LoopBack's default of the setting `changeCleanupInterval`, in milliseconds. */
const DEFAULT_INTERVAL = 30_000;

function isTracked(model: ModelClass): model is TrackedModel {
  const {Change} = model as Partial<TrackedModel>;
  // a subclass inherits the static of its base
  return Change?.settings?.trackModel === model;
}

/**
 * Tracks the changes of routed models for each tenant apart (`trackChanges` of LoopBack 3): the models of changes and of checkpoints are
 * routed with the model. LoopBack cleans the changes up by an interval for each model, which runs for no tenant. Here each tenant has
 * clean-ups after its use of the model, at most one in each interval. So an idle tenant has none.
 */
export class TrackedChanges {
  /** LoopBack makes a class `checkpoint` for each tracked model. All of them are one table, so one class is routed for all. */
  #checkpoint: Checkpoint | undefined;
  /** Set within a clean-up, whose own operations are no use of the model. */
  readonly #cleaning = new AsyncLocalStorage<boolean>();

  /** @param route routes a model */
  constructor(
    private readonly registries: TenantRegistries,
    private readonly route: (model: ModelClass) => void,
  ) {}

  /**
   * Routes the models of a tracked model's changes, and attaches the model. Does nothing else for a model that is not tracked.
   * @param attach attaches the model to the datasource of no tenant. LoopBack then enables change tracking, if it has not done so before
   */
  attaching(model: ModelClass, attach: () => void): void {
    if (!isTracked(model)) {
      attach();
      return;
    }
    const {Change, settings} = model;
    const interval = settings.changeCleanupInterval;
    runUncounted(undefined, () => {
      // two TenantDataSources may route models that share nothing, so each has a class of checkpoints of its own
      if (this.#checkpoint) Change.Checkpoint = this.#checkpoint;
      this.route(Change);
      this.#checkpoint ??= routable(Change.getCheckpointModel());
      this.route(this.#checkpoint);
      // LoopBack starts no interval when the setting is negative
      settings.changeCleanupInterval = -1;
      try {
        attach();
      } finally {
        if (interval === undefined) delete settings.changeCleanupInterval;
        else settings.changeCleanupInterval = interval;
      }
    });
    keepErrorsFromEndingTheProcess(model);
    const milliseconds = (interval ?? DEFAULT_INTERVAL) as number;
    if (settings.trackChanges && milliseconds > 0) this.#cleanUpAfterUse(model, milliseconds);
  }

  #cleanUpAfterUse(model: TrackedModel, interval: number): void {
    /** By registry: whether a clean-up is due. */
    const due = new WeakMap<ModelRegistry, boolean>();
    const noteUse: Observer = (_, next) => {
      const tenant = this.#cleaning.getStore() ? undefined : this.registries.currentTenant();
      const registry = tenant === undefined ? undefined : this.registries.peek(tenant);
      if (registry && !due.get(registry)) {
        // LoopBack begins with a clean-up too
        const delay = due.has(registry) ? interval : 0;
        due.set(registry, true);
        const reference = new WeakRef(registry);
        setTimeout(() => {
          const current = reference.deref();
          if (!current || this.registries.peek(tenant!) !== current) return;
          due.set(current, false);
          this.#cleanUp(model, tenant!);
        }, delay).unref();
      }
      return next();
    };
    for (const operation of ['access', 'after save']) {
      for (const used of [model, model.Change]) used.observe(operation, noteUse);
    }
  }

  #cleanUp(model: TrackedModel, tenant: string): void {
    const cleanUp = () =>
      model.rectifyAllChanges(error => {
        if (error) model.handleChangeError(error, 'cleanup');
      });
    runUncounted(tenant, () => this.#cleaning.run(true, cleanUp));
  }
}

/** LoopBack's `Checkpoint.current` throws where the query fails, and no code could catch that. */
function routable(checkpoint: Checkpoint): Checkpoint {
  const current: Checkpoint['current'] = callback =>
    checkpoint._getSingleton((error, found) => (error ? callback(error) : callback(null, (found as {seq: number}).seq)));
  return Object.assign(checkpoint, {current});
}

/**
 * LoopBack reports a change that it fails to track by an `error` event of the model, which ends the process if nothing listens. One
 * tenant's database, or the end of a tenant, must not end the work of all tenants.
 */
function keepErrorsFromEndingTheProcess(model: TrackedModel): void {
  const {handleChangeError} = model;
  const isLoopBacks = isJugglersOwn(handleChangeError, "this.emit('error', err, operationName)");
  const handle: TrackedModel['handleChangeError'] = function (this: TrackedModel, error, operation) {
    // LoopBack's interval of the time before the route, which runs for no tenant
    if (operation === 'cleanup' && (error as {code?: unknown} | undefined)?.code === 'NO_TENANT') return undefined;
    if (!isLoopBacks || this.listeners?.('error').length) return handleChangeError.call(this, error, operation);
    if (error) logDataSource(() => `${this.modelName}: a change was not tracked (${operation}): ${errorText(error)}`);
    return undefined;
  };
  defineOwn(model, 'handleChangeError', handle, true);
}
