import {config, inject, lifeCycleObserver, type Getter, type LifeCycleObserver} from '@loopback/core';
import type {Middleware} from '@loopback/rest';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {TenantBindings} from './keys';
import type {TenantComponentOptions} from './tenant-component-options';

/**
 * Ends all tenants when the application stops. In the group of the servers, and so at the same time: those wait for their
 * requests, and requests that hang end by the errors that they get at the deadline.
 */
@lifeCycleObserver('server')
export class TenantLifeCycle implements LifeCycleObserver {
  constructor(
    @inject(TenantBindings.REGISTRIES) private readonly registries: TenantRegistries,
    @inject.getter(TenantBindings.MIDDLEWARE) private readonly middleware: Getter<Middleware>,
    @config({fromBinding: TenantBindings.COMPONENT}) private readonly options: TenantComponentOptions = {},
  ) {}

  /** Fails where the strategy is missing, or an option is wrong: else the first request would. Before a server listens. */
  async init(): Promise<void> {
    await this.middleware();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await this.registries.shutdown(this.options.shutdown);
  }
}
