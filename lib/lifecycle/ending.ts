import {settleStack} from '../scoped-registry/errors';
import type {ModelClass} from '../scoped-registry/juggler';
import type {ModelRegistry, RegistryEnd} from '../scoped-registry/model-registry';
import type {WeakBag} from '../scoped-registry/weak-bag';
import {disconnect, isDisconnected} from './disconnecting';

export interface Ending extends RegistryEnd {
  /** Datasources that were disconnected. */
  readonly dataSources: number;
}

/**
 * Ends a registry, now, and then disconnects the datasources that were its alone. Never rejects.
 * @param ended gets every class that ends
 */
export async function endRegistry(
  registry: ModelRegistry,
  error: () => Error,
  timeout: number,
  ended?: WeakBag<ModelClass>,
): Promise<Ending> {
  const dataSources = [...registry.dataSources].filter(dataSource => !isDisconnected(dataSource));
  const end = registry.end(error, ended);
  const results = await Promise.allSettled(dataSources.map(dataSource => disconnect(dataSource, timeout)));
  const failed = results.filter(result => result.status === 'rejected').map(({reason}) => settleStack(reason as unknown));
  return {...end, dataSources: results.length - failed.length, errors: [...end.errors, ...failed]};
}
