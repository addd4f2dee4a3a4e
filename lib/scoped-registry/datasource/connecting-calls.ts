import {callbackIndex, type Callback} from '../juggler/callback';
import type {Connector} from '../juggler/types';
import {defineOwn} from '../primitives/own-property';

/** By connector, the callback of the last `connect` that was answered: some connectors call it again after each reconnection. */
const answered = new WeakMap<Connector, Callback>();

/**
 * Wraps `connect` and `disconnect` of a connector. Their callbacks lead to the datasource. A driver may keep them for ever, so what it is
 * given refers to nothing after the answer.
 */
export function guardConnecting(connector: Connector): void {
  for (const name of ['connect', 'disconnect'] as const) {
    const method = connector[name] as Function | undefined;
    if (typeof method !== 'function') continue;
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      const position = callbackIndex(args);
      if (position >= 0) {
        const call = new ConnectingCall(args[position] as Callback, name === 'connect' ? new WeakRef(connector) : undefined);
        args[position] = answerOf(call);
      }
      return method.apply(this, args) as unknown;
    };
    Object.defineProperty(guarded, 'length', {value: method.length});
    defineOwn(connector, name, guarded, true);
  }
}

/** Made here, because a closure keeps all variables that closures of its function use. */
function answerOf(call: ConnectingCall): Callback {
  return (...results) => call.answer(results);
}

class ConnectingCall {
  #callback: Callback | undefined;

  /** @param connector leads to the callback after the first answer; undefined if only the first answer counts */
  constructor(
    callback: Callback,
    private readonly connector: WeakRef<Connector> | undefined,
  ) {
    this.#callback = callback;
  }

  answer(results: unknown[]): unknown {
    const connector = this.connector?.deref();
    const callback = this.#callback ?? (connector && answered.get(connector));
    this.#callback = undefined;
    if (connector && callback) answered.set(connector, callback);
    return callback?.(...results);
  }
}
