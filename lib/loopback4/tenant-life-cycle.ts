import {inject, lifeCycleObserver, type Getter, type LifeCycleObserver} from '@loopback/core';
import type {Middleware} from '@loopback/rest';
import type {ApplicationWork} from '../http/application-work';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {BindingOrder} from './binding-order';
import {APPLICATION_WORK, BINDING_ORDER, COMPONENT_OPTIONS, TenantBindings} from './keys';
import type {TenantComponentOptions} from './tenant-component-options';

/**
 * Ends the application's tenants when it stops. It is in the observer group of the servers, so that both stop at the same
 * time. The servers wait for their running requests. A request that hangs gets an error at the deadline of the shutdown,
 * and so does not block the servers.
 */
@lifeCycleObserver('server')
export class TenantLifeCycle implements LifeCycleObserver {
  constructor(
    @inject(TenantBindings.REGISTRIES) private readonly registries: TenantRegistries,
    @inject.getter(TenantBindings.MIDDLEWARE) private readonly middleware: Getter<Middleware>,
    @inject(COMPONENT_OPTIONS) private readonly options: TenantComponentOptions,
    @inject(BINDING_ORDER) private readonly order: BindingOrder,
    @inject(APPLICATION_WORK) private readonly work: ApplicationWork | undefined,
  ) {}

  /**
   * Makes the middleware before a server listens, so that a missing strategy or a wrong option fails the start of the
   * application. Otherwise the first request would fail.
   * @throws BindingOrderError `BINDING_ORDER` for a binding that has come too late
   */
  async init(): Promise<void> {
    this.order.close();
    await this.middleware();
  }

  /** Ends all tenants of the application's own registries; of the process's registries only what this application has. Never rejects. */
  async stop(): Promise<void> {
    await (this.work ? this.work.end(this.options.shutdown) : this.registries.shutdown(this.options.shutdown));
  }
}
