import {settleStack} from '../scoped-registry/errors';
import type {ModelClass, StockDataSource} from '../scoped-registry/juggler';
import type {ModelRegistry, RegistryEnd} from '../scoped-registry/model-registry';
import type {WeakBag} from '../scoped-registry/weak-bag';
import {withDeadline} from './deadline';

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
  const dataSources = [...registry.dataSources];
  const end = registry.end(error, ended);
  const results = await Promise.allSettled(dataSources.map(dataSource => disconnect(dataSource, timeout)));
  const failed = results.filter(result => result.status === 'rejected').map(({reason}) => settleStack(reason as unknown));
  return {...end, dataSources: results.length - failed.length, errors: [...end.errors, ...failed]};
}

function disconnect(dataSource: StockDataSource, timeout: number): Promise<void> {
  const name = JSON.stringify(dataSource.name);
  const failed = (cause: unknown) => new Error(`Datasource ${name} failed to disconnect.`, {cause});
  const disconnected = new Promise<void>((resolve, reject) => {
    try {
      dataSource.disconnect(error => (error === undefined || error === null ? resolve() : reject(failed(error))));
    } catch (error) {
      reject(failed(error));
    }
  });
  return withDeadline(
    disconnected,
    timeout,
    () => new Error(`Datasource ${name} did not disconnect within ${timeout} ms; its connections may stay open.`),
  );
}
