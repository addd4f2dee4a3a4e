import {DataSource as ScopedDataSource} from '../lifecycle/scoped-classes';
import type {Method} from '../scoped-registry/juggler/callback';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import {ModelRegistry} from './process-wide';

/** juggler's DataSource, as `DataSource` of this package; its models are registered with `ModelRegistry`. */
export class DataSource extends ScopedDataSource {}

const stock = ScopedDataSource.prototype as unknown as Record<'define' | 'createModel' | 'attach' | 'disconnect', Method>;

function registering(method: Method): Method {
  return function (...args) {
    return ModelRegistry.registerModel(method.apply(this, args));
  };
}

overrideMethods(DataSource.prototype, {
  define: registering(stock.define),
  createModel: registering(stock.createModel),
  attach: registering(stock.attach),
  /** What was registered for it by hand is forgotten. */
  disconnect(this: ScopedDataSource, ...args: unknown[]): unknown {
    ModelRegistry.releaseOwner(this);
    return stock.disconnect.apply(this, args);
  },
});
