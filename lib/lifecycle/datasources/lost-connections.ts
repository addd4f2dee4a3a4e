import {EventEmitter} from 'node:events';
import {errorText, logDataSource} from '../../scoped-registry/debug-log';
import type {Connector} from '../../scoped-registry/juggler/types';

type OnError = (error: unknown) => void;

/**
 * Keeps a lost PostgreSQL connection from ending the process. loopback-connector-postgresql adds no error listeners to its pool
 * and clients, so a server that ends connections ends the Node process by an unhandled 'error' event. With the connector's
 * setting `onError` it adds one, but then a failed attempt to connect ends the process. This function adds the listeners
 * itself and removes the setting. An operation on a lost connection still gets its error, and the next operation gets
 * another connection.
 * @param label names the datasource in log lines
 */
export function surviveLostConnections(connector: Connector, label: string): void {
  const {pg: pool, settings} = connector as {pg?: unknown; settings?: {onError?: unknown}};
  if (!(pool instanceof EventEmitter)) return;
  const onError = typeof settings?.onError === 'function' ? (settings.onError as OnError) : () => {};
  if (settings) delete settings.onError;
  const lost = (error: unknown) => {
    logDataSource(() => `${label}: lost a connection: ${errorText(error)}`);
    onError(error);
  };
  // not `lost`: pg-pool emits the error of an idle client on the pool too, and the log has one line for each lost connection
  if (pool.listenerCount('error') === 0) pool.on('error', onError);
  pool.on('connect', (client: EventEmitter) => client.on('error', lost));
}
