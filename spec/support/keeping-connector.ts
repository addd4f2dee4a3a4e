import {AsyncResource} from 'node:async_hooks';
import {CONNECTOR_CALLS, KEY_VALUE_CALLS, SCHEMA_CALLS} from '../../lib/scoped-registry/datasource/connector-calls';
import type {TenantRegistries} from '../../lib/index';
import {keptFromHere, type Kept} from './kept';
import {tenantDataSource, type AnyDataSource} from './service';

/** What juggler and this library call on a connector, beside data access. */
const OTHER_CALLS = ['connect', 'disconnect', 'define', 'defineProperty', 'generateId', 'generateContextData', 'buildNearFilter'];

const CALLS = [...CONNECTOR_CALLS, ...KEY_VALUE_CALLS, ...SCHEMA_CALLS, ...OTHER_CALLS];

interface ConnectorModule {
  readonly name?: string;
  initialize(dataSource: AnyDataSource, ready: () => void): void;
}

/**
 * Makes a connector that behaves as another one and lets go of nothing: each argument, callback, promise and result of each call
 * stays, and so does an asynchronous resource, a timer and a promise that begin within the call, as when a pool opens a connection.
 * They stay until the spec has ended that makes the connector, or until its file has ended where a hook before the specs makes it.
 * @param like the name of one of juggler's connectors, or the module of a connector
 */
export function keepingConnector(like: 'memory' | 'transient' | 'kv-memory' | ConnectorModule = 'memory'): ConnectorModule {
  const {name, initialize}: ConnectorModule =
    typeof like === 'string' ? require(`loopback-datasource-juggler/lib/connectors/${like}`) : like;
  const kept = keptFromHere();
  return {
    name: `keeping ${typeof like === 'string' ? like : name}`,
    initialize(dataSource, ready) {
      initialize(dataSource, ready);
      for (const call of CALLS) keepCallsOf(dataSource.connector, call, kept);
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
