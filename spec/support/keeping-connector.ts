import {AsyncResource} from 'node:async_hooks';
import {CONNECTOR_CALLS, KEY_VALUE_CALLS} from '../../lib/scoped-registry/datasource/connector-calls';
import type {TenantRegistries} from '../../lib/index';
import {keptFromHere, type Kept} from './kept';
import {tenantDataSource, type AnyDataSource} from './service';

/** What juggler and this library call on a connector, beside data access. */
const OTHER_CALLS = ['connect', 'disconnect', 'define', 'defineProperty', 'automigrate', 'autoupdate', 'isActual', 'ping'];

/**
 * Makes a connector that behaves as one of juggler's own and lets go of nothing: each argument, callback, promise and result of each call
 * stays, and so does an asynchronous resource, a timer and a promise that begin within the call, as when a pool opens a connection.
 * They stay until the spec has ended that makes the connector, or until its file has ended where a hook before the specs makes it.
 * @param like the name of one of juggler's connectors
 */
export function keepingConnector(like: 'memory' | 'transient' | 'kv-memory' = 'memory'): object {
  const {initialize} = require(`loopback-datasource-juggler/lib/connectors/${like}`);
  const kept = keptFromHere();
  return {
    name: `keeping ${like}`,
    initialize(dataSource: AnyDataSource, ready: () => void) {
      initialize(dataSource, ready);
      for (const name of [...CONNECTOR_CALLS, ...KEY_VALUE_CALLS, ...OTHER_CALLS]) keepCallsOf(dataSource.connector, name, kept);
    },
  };
}

function keepCallsOf(connector: any, name: string, kept: Kept): void {
  const method = connector[name];
  if (typeof method !== 'function') return;
  function keeping(this: unknown, ...args: unknown[]): unknown {
    keep(args, kept);
    const result: unknown = method.apply(this, args);
    kept.things.push(result, (args.at(-1) as {promise?: unknown} | undefined)?.promise);
    return result;
  }
  Object.defineProperty(keeping, 'length', {value: method.length});
  Object.defineProperty(connector, name, {value: keeping, writable: true, configurable: true});
}

function keep(args: unknown[], {things, timers}: Kept): void {
  things.push(args, new AsyncResource('Connection'), new Promise(() => {}));
  timers.push(setTimeout(() => {}, 2 ** 30).unref());
}

/** As `tenantDataSource`, on a connector that lets go of nothing. */
export function keepingDataSource(registries: TenantRegistries, tenant?: string, settings: object = {}): AnyDataSource {
  const {connector = 'memory'} = settings as {connector?: unknown};
  const isJugglers = typeof connector === 'string';
  return tenantDataSource(registries, tenant, {
    ...settings,
    connector: isJugglers ? keepingConnector(connector as 'memory') : connector,
  });
}
