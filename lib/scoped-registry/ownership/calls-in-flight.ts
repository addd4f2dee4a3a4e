import type {Method} from '../juggler/callback';

/** A call that has no answer yet. */
export interface CallInFlight {
  /** Answers it with an error, now. */
  failWith(error: Error): void;
  /** @internal Where it is in flight, and the calls beside it there. */
  among?: CallsInFlight;
  /** @internal */
  before?: CallInFlight;
  /** @internal */
  after?: CallInFlight;
}

/** Runs an operation such that what runs within it can be told from other work, until it has its answer. */
export interface OperationRun {
  runOperation(method: Method, receiver: unknown, args: unknown[]): unknown;
  operationAnswered(): void;
}

/** The calls of a registry that have no answer yet: a chain, for a set is built anew for every few that come and go. */
export class CallsInFlight implements Iterable<CallInFlight> {
  size = 0;
  #last: CallInFlight | undefined;
  #watchers: Set<() => void> | undefined;

  add(call: CallInFlight): void {
    if (call.among) return;
    call.among = this;
    call.before = this.#last;
    if (this.#last) this.#last.after = call;
    this.#last = call;
    this.size++;
  }

  /** @returns whether it was in flight */
  delete(call: CallInFlight): boolean {
    if (call.among !== this) return false;
    const {before, after} = call;
    if (before) before.after = after;
    if (after) after.before = before;
    else this.#last = before;
    // what keeps an old call keeps no other
    call.among = call.before = call.after = undefined;
    this.size--;
    if (this.size === 0 && this.#watchers) for (const watcher of [...this.#watchers]) watcher();
    return true;
  }

  *[Symbol.iterator](): IterableIterator<CallInFlight> {
    const calls: CallInFlight[] = [];
    for (let call = this.#last; call; call = call.before) calls.push(call);
    yield* calls.reverse();
  }

  /** Calls `watcher`, which must not throw, each time the last call is answered. */
  watch(watcher: () => void): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers?.delete(watcher);
  }
}
