import {settleStack} from '../scoped-registry/errors';
import type {StockDataSource} from '../scoped-registry/juggler';
import type {Clock} from './clock';
import {withDeadline} from './deadline';

/** What became of the disconnecting of some datasources. */
export interface Disconnecting {
  readonly disconnected: number;
  readonly failed: readonly StockDataSource[];
  readonly errors: readonly unknown[];
}

/**
 * Disconnects datasources, all at once. Never rejects.
 * @param timeout milliseconds for each
 */
export async function disconnectAll(
  dataSources: readonly StockDataSource[],
  timeout: number,
  clock: Clock,
): Promise<Disconnecting> {
  const results = await Promise.allSettled(dataSources.map(dataSource => disconnect(dataSource, timeout, clock)));
  const errors = results.filter(result => result.status === 'rejected').map(({reason}) => settleStack(reason as unknown));
  const failed = dataSources.filter((_, i) => results[i].status === 'rejected');
  return {disconnected: dataSources.length - failed.length, failed, errors};
}

function disconnect(dataSource: StockDataSource, timeout: number, clock: Clock): Promise<void> {
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
    clock,
    disconnected,
    timeout,
    () => new Error(`Datasource ${name} did not disconnect within ${timeout} ms; its connections may stay open.`),
  );
}
