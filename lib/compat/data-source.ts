import {TenantContext} from '../lifecycle/context/tenant-context';
import {DataSource as ScopedDataSource} from '../lifecycle/scoped-classes';
import type {Method} from '../scoped-registry/juggler/callback';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import {ModelRegistry} from './process-wide';

/**
 * The `DataSource` of this package for services that were written for a fork with a global ModelRegistry: it registers each
 * model that it defines, creates or attaches with `ModelRegistry`.
 */
export class DataSource extends ScopedDataSource {}

const scoped = ScopedDataSource.prototype as unknown as Record<'define' | 'createModel' | 'attach' | 'disconnect', Method>;

function registering(method: Method): Method {
  return function (...args) {
    // before a class is made in the registry of a code that names no tenant here
    ModelRegistry.assertTenant(TenantContext.tenant);
    return ModelRegistry.registerModel(method.apply(this, args));
  };
}

overrideMethods(DataSource.prototype, {
  define: registering(scoped.define),
  createModel: registering(scoped.createModel),
  attach: registering(scoped.attach),
  /** Also removes the registrations of models that were registered by hand for this datasource. */
  disconnect(this: ScopedDataSource, ...args: unknown[]): unknown {
    ModelRegistry.releaseOwner(this);
    return scoped.disconnect.apply(this, args);
  },
});
