/** Arguments as juggler passes them to `DataSource.prototype.ready`: `callee` is the method to call once connected. */
export type PendingArguments = ArrayLike<unknown> & {callee: Function};

/**
 * A call that waits for its datasource to connect. juggler holds the receiver (a model class, an instance) in two
 * listeners and a timer; they get this record instead, which can be emptied when the tenant ends before the connection
 * is there.
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
   * What juggler is to keep in place of the call: it applies `callee` once connected, or passes an error to the last
   * argument.
   */
  placeholderFor(runConnected: () => unknown): PendingArguments {
    return Object.assign([(error: unknown) => this.failWith(error)], {callee: runConnected});
  }

  /** Ends the call with an error for its callback, and lets go of everything. */
  failWith(error: unknown): void {
    const callback = this.#args.at(-1);
    this.#end();
    if (typeof callback === 'function') process.nextTick(callback, error);
  }

  /** Makes the call. */
  run(): unknown {
    const [method, receiver, args] = [this.#method, this.#receiver, this.#args];
    this.#end();
    if (!method) return undefined;
    try {
      return method.apply(receiver, args) as unknown;
    } catch (error) {
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw error;
      process.nextTick(callback, error);
      return undefined;
    }
  }

  #end(): void {
    this.#settled?.();
    this.#settled = this.#method = this.#receiver = undefined;
    this.#args = [];
  }
}
