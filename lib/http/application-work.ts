import type {Lease} from '../lifecycle/context/lease';
import type {TenantDataSources} from '../lifecycle/datasources/tenant-data-sources';
import {resolveVerbOptions, SHUTDOWN_DEFAULTS, type ShutdownOptions} from '../lifecycle/leaving/offboarding-options';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {callAfter} from '../lifecycle/time/clock';
import {RegistriesDisposedError} from '../scoped-registry/errors';

const stoppedError = () => new RegistriesDisposedError('This application has stopped');

/**
 * What one application has of the tenants of registries that are not its own, but the process's: its requests in flight and the datasources
 * that it has made. It ends these, and leaves the tenants to the other applications of the process.
 */
export class ApplicationWork {
  readonly #leases = new Set<Lease>();
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(private readonly sources: readonly TenantDataSources[]) {}

  /** @throws RegistriesDisposedError `REGISTRIES_DISPOSED` once the application stops */
  assertGoesOn(): void {
    if (this.#stopped) throw stoppedError();
  }

  /** @throws RegistriesDisposedError `REGISTRIES_DISPOSED` once the application stops, and what `registries.for` throws */
  acquire(registries: TenantRegistries, tenant: string): Lease {
    this.assertGoesOn();
    const lease = registries.acquireApart(tenant);
    this.#leases.add(lease);
    lease.onRelease(() => {
      this.#leases.delete(lease);
      if (this.#leases.size === 0) this.#drained?.();
    });
    return lease;
  }

  /**
   * Refuses new requests, and waits for those in flight until the deadline. Those that are left are given up: their signals are aborted, their
   * operations and their later uses of their tenants get the error. Then disconnects the datasources. Never rejects.
   */
  async end(options: ShutdownOptions = {}): Promise<void> {
    const {drainTimeout, hookTimeout} = resolveVerbOptions('shutdown', options, SHUTDOWN_DEFAULTS);
    this.#stopped = true;
    if (this.#leases.size > 0 && drainTimeout > 0) {
      await new Promise<void>(resolve => {
        const stop = drainTimeout === Infinity ? () => {} : callAfter(performance, drainTimeout, resolve);
        this.#drained = () => {
          stop();
          resolve();
        };
      });
    }
    for (const lease of [...this.#leases]) lease.giveUp(stoppedError());
    await Promise.all(this.sources.map(sources => sources.end(stoppedError, hookTimeout)));
  }
}
