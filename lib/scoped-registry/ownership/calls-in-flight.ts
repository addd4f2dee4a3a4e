import type {Method} from '../juggler/callback';

/** A call that has no answer yet: an operation of a model class, or a call that waits until its datasource is connected. */
export interface CallInFlight {
  /** Answers the call with `error`. */
  failWith(error: Error): void;
  /** Whether the call is use of a datasource. Undefined for a call that does not know its datasource. */
  isUseOf?(dataSourceUse: object): boolean;
  /** @internal The list that contains the call; undefined once the call is answered. */
  list?: CallsInFlight;
  /** @internal The neighbours in that list. */
  previous?: CallInFlight;
  /** @internal */
  next?: CallInFlight;
}

/** One run of an operation. While the operation has no answer, code that it calls can be recognised as part of it. */
export interface OperationRun {
  runOperation(method: Method, receiver: unknown, args: unknown[]): unknown;
  operationAnswered(): void;
}

/**
 * The calls of one registry that have no answer yet, in the order in which they began. A linked list, because every operation adds
 * and deletes one entry: V8 would rebuild the table of a Set after every few of these.
 */
export class CallsInFlight implements Iterable<CallInFlight> {
  size = 0;
  #last: CallInFlight | undefined;
  #watchers: Set<() => void> | undefined;

  /** Adds a call, unless it is in a list already. */
  add(call: CallInFlight): void {
    if (call.list) return;
    call.list = this;
    call.previous = this.#last;
    if (this.#last) this.#last.next = call;
    this.#last = call;
    this.size++;
  }

  /** @returns whether the call was in this list */
  delete(call: CallInFlight): boolean {
    if (call.list !== this) return false;
    const {previous, next} = call;
    if (previous) previous.next = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    // code that keeps an answered call must not keep its neighbours alive
    call.list = call.previous = call.next = undefined;
    this.size--;
    if (this.size === 0 && this.#watchers) for (const watcher of [...this.#watchers]) watcher();
    return true;
  }

  /** Iterates over a copy: the loop may answer calls. */
  *[Symbol.iterator](): IterableIterator<CallInFlight> {
    const calls: CallInFlight[] = [];
    for (let call = this.#last; call; call = call.previous) calls.push(call);
    yield* calls.reverse();
  }

  /** Calls `watcher` each time the list becomes empty. The watcher must not throw. */
  watch(watcher: () => void): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers?.delete(watcher);
  }
}
