import {EventEmitter} from 'node:events';
import type {Connector} from '../../scoped-registry/juggler/types';

type OnError = (error: unknown) => void;

/**
 * A server that ends connections ends the process by loopback-connector-postgresql, whose pool and clients nobody listens to
 * for errors; with its setting `onError` somebody does, and then an attempt to connect that fails ends the process. Here
 * the listeners are set, and the setting is taken over. The operation on the lost connection has its error all the same,
 * and the next one gets another connection.
 */
export function surviveLostConnections(connector: Connector): void {
  const {pg: pool, settings} = connector as {pg?: unknown; settings?: {onError?: unknown}};
  if (!(pool instanceof EventEmitter)) return;
  const onError = typeof settings?.onError === 'function' ? (settings.onError as OnError) : () => {};
  if (settings) delete settings.onError;
  if (pool.listenerCount('error') === 0) pool.on('error', onError);
  pool.on('connect', (client: EventEmitter) => client.on('error', onError));
}
