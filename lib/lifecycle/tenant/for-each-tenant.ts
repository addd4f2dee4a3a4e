import {got} from '../../scoped-registry/got';
import {
  InvalidOptionError,
  RegistriesDisposedError,
  TenantOffboardedError,
  TenantSuspendedError,
  type ScopedRegistryError,
} from '../../scoped-registry/errors';
import {assertFunction, givenOptions} from '../../scoped-registry/option-checks';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {warn} from '../warning';

export interface ForEachTenantOptions {
  /**
   * The most tenants that work at once. A whole number from 1.
   * @default 10
   */
  readonly concurrency?: number;
  /** Aborted, it begins no further tenant. Work in flight goes on: pass the same signal to what the work waits for. */
  readonly signal?: AbortSignal;
  /**
   * Called for each tenant that is done, has failed or was skipped. An error that it throws becomes a process warning, and stops
   * nothing.
   */
  readonly onProgress?: (progress: ForEachTenantProgress) => void;
}

/** How far the work is. */
export interface ForEachTenantProgress {
  /** The tenant that has just ended. */
  readonly tenant: string;
  readonly outcome: 'done' | 'failed' | 'skipped';
  /** The number of tenants that have ended so far, by outcome. */
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** The number of tenants, where the given iterable tells it beforehand (an array, a set, a map). */
  readonly total: number | undefined;
}

export interface ForEachTenantReport<Result> {
  /** By tenant, what its work has returned. */
  readonly done: ReadonlyMap<string, Result>;
  /** By tenant, the error of its work. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** By tenant, why it takes no work: `TENANT_SUSPENDED` or `TENANT_OFFBOARDED`. */
  readonly skipped: ReadonlyMap<string, ScopedRegistryError>;
  /**
   * What has stopped the work before the last tenant: the reason of the signal, the error of the iterable, or `REGISTRIES_DISPOSED` after a
   * shutdown. Undefined where every tenant had its turn.
   */
  readonly stoppedBy: unknown;
}

export type Tenants = Iterable<string> | AsyncIterable<string>;

const NAMES = ['concurrency', 'signal', 'onProgress'];
const DEFAULT_CONCURRENCY = 10;

/**
 * The implementation of `registries.forEachTenant`.
 * @param run runs work in a tenant's context; throws where the tenant takes no work
 */
export async function forEachTenant<Result>(
  run: (tenant: string, work: (registry: ModelRegistry) => Promise<Result>) => Promise<Result>,
  tenants: Tenants,
  work: (tenant: string, registry: ModelRegistry) => Result | PromiseLike<Result>,
  options: ForEachTenantOptions,
): Promise<ForEachTenantReport<Result>> {
  const {concurrency, signal, onProgress} = resolveOptions(options);
  assertFunction('The second argument of forEachTenant', work);
  const iterator = iteratorOf(tenants);
  const total = totalOf(tenants);
  const [done, failed, skipped] = [new Map<string, Result>(), new Map<string, unknown>(), new Map<string, ScopedRegistryError>()];
  const inFlight = new Set<Promise<void>>();
  let stoppedBy: unknown;

  const report = (tenant: string, outcome: ForEachTenantProgress['outcome']) => {
    try {
      const counts = {done: done.size, failed: failed.size, skipped: skipped.size};
      onProgress?.(Object.freeze({tenant, outcome, ...counts, total}));
    } catch (error) {
      warn('onProgress of forEachTenant failed', error);
    }
  };
  const begin = async (tenant: string) => {
    let hasBegun = false;
    try {
      const begun = async (registry: ModelRegistry) => {
        hasBegun = true;
        return work(tenant, registry);
      };
      done.set(tenant, await run(tenant, begun));
      report(tenant, 'done');
    } catch (error) {
      // the same error from the work itself is a failure: the work may be half done
      if (!hasBegun && (error instanceof TenantSuspendedError || error instanceof TenantOffboardedError)) {
        skipped.set(tenant, error);
        report(tenant, 'skipped');
      } else if (!hasBegun && error instanceof RegistriesDisposedError) stoppedBy ??= error;
      else {
        failed.set(tenant, error);
        report(tenant, 'failed');
      }
    }
  };

  try {
    const begun = new Set<string>();
    while (stoppedBy === undefined && !signal?.aborted) {
      if (inFlight.size >= concurrency) {
        await unlessAborted(Promise.race(inFlight), signal);
        continue;
      }
      const next = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (!next || next.done) break;
      const tenant = next.value;
      if (begun.has(tenant)) continue;
      begun.add(tenant);
      const one = begin(tenant).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
  } catch (error) {
    stoppedBy = error;
  }
  if (signal?.aborted) stoppedBy ??= signal.reason as unknown;
  if (stoppedBy !== undefined) close(iterator);
  await Promise.all(inFlight);
  return Object.freeze({done, failed, skipped, stoppedBy});
}

/** @throws InvalidOptionError `INVALID_OPTION` */
function resolveOptions(options: ForEachTenantOptions): ForEachTenantOptions & {readonly concurrency: number} {
  const {concurrency = DEFAULT_CONCURRENCY, signal, onProgress} = givenOptions('forEachTenant', options, NAMES);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new InvalidOptionError(`concurrency must be a whole number from 1, ${got(concurrency)}.`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new InvalidOptionError(`signal must be an AbortSignal, ${got(signal)}.`);
  if (onProgress !== undefined) assertFunction('onProgress', onProgress);
  return {concurrency, signal, onProgress};
}

/** @throws InvalidOptionError `INVALID_OPTION` for a value that is not iterable, and for a string: its letters are no tenants */
function iteratorOf(tenants: Tenants): Iterator<string> | AsyncIterator<string> {
  const {[Symbol.asyncIterator]: async, [Symbol.iterator]: sync} = Object(tenants) as Partial<
    AsyncIterable<string> & Iterable<string>
  >;
  const iterate = typeof tenants === 'string' ? undefined : (async ?? sync);
  if (typeof iterate !== 'function') {
    throw new InvalidOptionError(`forEachTenant takes an iterable of tenant codes, for example an array, ${got(tenants)}.`);
  }
  return (iterate as () => Iterator<string> | AsyncIterator<string>).call(tenants);
}

function totalOf(tenants: Tenants): number | undefined {
  if (Array.isArray(tenants)) return tenants.length;
  return tenants instanceof Set || tenants instanceof Map ? tenants.size : undefined;
}

/** Settles as `promise` does; is undefined as soon as the signal is aborted. Leaves no listener on the signal. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, {once: true});
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Tells the source that no more is wanted, as `for await` does. The source may hang, so this does not wait for it. */
function close(iterator: Iterator<string> | AsyncIterator<string>): void {
  Promise.resolve()
    .then(() => iterator.return?.())
    .catch((error: unknown) => warn('The source of tenants of forEachTenant failed to close', error));
}
