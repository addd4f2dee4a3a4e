import {labelOf, logDataSource} from '../debug-log';
import {isPromise} from '../juggler/callback';
import type {Connector, StockDataSource} from '../juggler/types';
import {isClosed} from '../ownership/closed-data-source';
import {defineOwn} from '../primitives/own-property';
import {ifDisconnectFails} from './data-source-log';

type Answer = (error?: unknown, ...results: unknown[]) => void;

/** By connector, the number of attempts to connect that have no answer yet. */
const unanswered = new WeakMap<object, number>();

/** Whether a connector was told to connect and has not answered: it may hold sockets, though juggler takes it for not connected. */
export function isConnecting(connector: Connector): boolean {
  return (unanswered.get(connector) ?? 0) > 0;
}

/**
 * Notes each attempt of a connector to connect until it is answered. If it fails first and connects later, the connection is closed, because
 * no code uses it. Some connectors answer again after each reconnection, and the datasource is told of that as on stock. The callback leads to
 * the datasource and to the context of the work that has caused the connection. A driver may keep what it was given for ever, so that
 * refers to nothing after the answer.
 */
export function noteConnectionAttempts(connector: Connector, dataSource: StockDataSource): void {
  const of = new WeakRef(dataSource);
  const {connect} = connector;
  if (typeof connect !== 'function') return;
  const noting = function (this: Connector, callback?: unknown, ...rest: []): unknown {
    if (typeof callback !== 'function') return connect.call(this, callback as Answer, ...rest);
    const attempt = new Attempt(this, of, callback as Answer);
    try {
      return connect.call(this, answerOf(attempt), ...rest);
    } catch (error) {
      attempt.end();
      throw error;
    }
  };
  Object.defineProperty(noting, 'length', {value: connect.length});
  defineOwn(connector, 'connect', noting, true);
}

/**
 * Sees to the callbacks of a connector's `disconnect`. The first answer counts, and a driver that keeps the callback keeps nothing. If
 * `disconnect` returns a promise that is rejected, the callback gets the error: juggler takes no notice of the promise.
 */
export function guardDisconnects(connector: Connector): void {
  const {disconnect} = connector;
  if (typeof disconnect !== 'function') return;
  const answering = function (this: Connector, callback: unknown, ...rest: []): unknown {
    if (typeof callback !== 'function') return disconnect.call(this, callback as Answer, ...rest);
    const answer = once(callback as Answer);
    const result = disconnect.call(this, answer, ...rest);
    if (isPromise(result)) void Promise.resolve(result).catch(answer);
    return result;
  };
  Object.defineProperty(answering, 'length', {value: disconnect.length});
  defineOwn(connector, 'disconnect', answering, true);
}

/** Passes the first answer on, and then refers to nothing. */
function once(callback: Answer): Answer {
  let waiting: Answer | undefined = callback;
  return (...results) => {
    const passOn = waiting;
    waiting = undefined;
    passOn?.(...results);
  };
}

/** A function of its own, because a pool may keep the callback for which it opened a connection. */
function answerOf(attempt: Attempt): Answer {
  return (error, ...results) => attempt.answer(error, results);
}

class Attempt {
  #callback: Answer | undefined;
  readonly #connector: WeakRef<Connector>;
  #hasFailed = false;
  #isClosed = false;

  constructor(
    connector: Connector,
    private readonly dataSource: WeakRef<StockDataSource>,
    callback: Answer,
  ) {
    this.#connector = new WeakRef(connector);
    this.#callback = callback;
    unanswered.set(connector, (unanswered.get(connector) ?? 0) + 1);
  }

  answer(error: unknown, results: readonly unknown[]): void {
    const callback = this.#callback;
    const failed = error !== undefined && error !== null;
    if (callback) {
      this.end();
      this.#hasFailed = failed;
      callback(error, ...results);
    } else if (!this.#hasFailed) {
      tellAgain(this.dataSource.deref(), failed, error);
    } else if (!failed && !this.#isClosed) {
      this.#isClosed = true;
      this.#disconnect();
    }
  }

  /** The attempt has its answer, or its method has thrown. */
  end(): void {
    const connector = this.#connector.deref();
    if (this.#callback && connector) unanswered.set(connector, unanswered.get(connector)! - 1);
    this.#callback = undefined;
  }

  #disconnect(): void {
    const connector = this.#connector.deref();
    if (!connector) return;
    const label = labelOf(undefined, 'connector', connector.name);
    logDataSource(() => `${label}: connected after it had failed to connect; disconnecting`);
    disconnectConnector(connector, ifDisconnectFails(label));
  }
}

/** Tells a datasource that its connection was lost or has come back, as juggler's callback of `connect` does when it is called again. */
function tellAgain(dataSource: StockDataSource | undefined, failed: boolean, error: unknown): void {
  if (!dataSource || isClosed(dataSource)) return;
  dataSource.connecting = false;
  if (!failed) dataSource.connected = true;
  if (failed) dataSource.emit('error', error);
  else dataSource.emit('connected');
}

/**
 * Calls a connector's `disconnect`. Never throws.
 * @param done called with the connector's answer, or with the error that it throws
 */
export function disconnectConnector(connector: Connector, done: (error?: unknown) => void): void {
  if (typeof connector.disconnect !== 'function') {
    done(new Error('The connector has no method disconnect().'));
    return;
  }
  try {
    connector.disconnect(done);
  } catch (error) {
    done(error);
  }
}
