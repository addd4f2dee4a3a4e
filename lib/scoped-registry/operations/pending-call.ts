import {nextTick} from '../primitives/timers';

/** The arguments object that juggler passes to `DataSource.prototype.ready`: `callee` is the method to call once connected. */
export type PendingArguments = ArrayLike<unknown> & {callee: Function};

/**
 * A call that waits until its datasource is connected. juggler's `ready` keeps the receiver (a model class or an instance) in two
 * listeners and a timer. It gets this record instead, which is emptied if the tenant ends before the datasource is connected.
 */
export class PendingCall {
  #receiver: unknown;
  #args: unknown[];
  #method: Function | undefined;
  #settled: (() => void) | undefined;

  constructor(receiver: unknown, args: PendingArguments, settled: () => void) {
    this.#receiver = receiver;
    this.#args = Array.from(args);
    this.#method = args.callee;
    this.#settled = settled;
  }

  /**
   * The arguments that juggler's `ready` gets in place of the caller's. juggler applies `callee` once the datasource is connected, or calls
   * the last argument with an error.
   */
  placeholderFor(runConnected: () => unknown): PendingArguments {
    return Object.assign([(error: unknown) => this.failWith(error)], {callee: runConnected});
  }

  /** Ends the call: its callback gets the error. */
  failWith(error: unknown): void {
    const callback = this.#args.at(-1);
    this.#end();
    if (typeof callback === 'function') nextTick(callback, error);
  }

  /** Makes the call. If it throws, its callback gets the error, as in juggler's `ready`. */
  run(): unknown {
    const [method, receiver, args] = [this.#method, this.#receiver, this.#args];
    this.#end();
    if (!method) return undefined;
    try {
      return method.apply(receiver, args) as unknown;
    } catch (error) {
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw error;
      nextTick(callback, error);
      return undefined;
    }
  }

  /** Empties the record, because juggler's listeners and timer may keep it. */
  #end(): void {
    this.#settled?.();
    this.#settled = this.#method = this.#receiver = undefined;
    this.#args = [];
  }
}
