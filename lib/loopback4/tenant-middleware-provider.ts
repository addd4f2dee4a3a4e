import {BindingScope, inject, injectable, type Provider} from '@loopback/core';
import type {Middleware, RequestContext} from '@loopback/rest';
import type {ApplicationWork} from '../http/application-work';
import type {TenantLookUp} from '../http/look-up';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantStrategy} from '../http/tenant-strategy';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {APPLICATION_WORK, COMPONENT_OPTIONS, TenantBindings} from './keys';
import type {TenantComponentOptions} from './tenant-component-options';

/**
 * Provides the middleware that serves each request in its tenant's context, with a lease on the tenant until the response
 * is closed.
 */
@injectable({scope: BindingScope.SINGLETON})
export class TenantMiddlewareProvider implements Provider<Middleware> {
  readonly #requests: TenantRequests<RequestContext>;

  constructor(
    @inject(TenantBindings.STRATEGY) tenant: TenantStrategy<RequestContext>,
    @inject(TenantBindings.REGISTRIES) registries: TenantRegistries,
    @inject(COMPONENT_OPTIONS) options: TenantComponentOptions,
    @inject(APPLICATION_WORK) work: ApplicationWork | undefined,
    @inject(TenantBindings.LOOK_UP, {optional: true}) lookUp?: TenantLookUp,
  ) {
    this.#requests = new TenantRequests({...options.requests, except: options.except, tenant, registries, lookUp}, work);
  }

  value(): Middleware {
    const requests = this.#requests;
    return async (context, next) => {
      const {request, response} = context;
      const scope = await requests.admit(request, response, context as RequestContext);
      // The client has disconnected. LoopBack writes nothing when the result of a middleware is the response itself.
      if (!scope) return response;
      try {
        return await scope.run(next);
      } catch (error) {
        throw requests.refuse(error, response);
      }
    };
  }
}
