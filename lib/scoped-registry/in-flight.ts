import type {Method} from './callback';

/** A call that has no answer yet. */
export interface InFlight {
  /** Answers it with an error, now. */
  fail(error: Error): void;
}

/** Runs an operation such that what runs within it can be told from other work, until it has its answer. */
export interface OperationRun {
  run(method: Method, receiver: unknown, args: unknown[]): unknown;
  end(): void;
}

/** The calls of a registry that have no answer yet. */
export class CallsInFlight extends Set<InFlight> {
  #watchers: Set<() => void> | undefined;

  /** @returns whether it was in flight */
  override delete(call: InFlight): boolean {
    const known = super.delete(call);
    if (known && this.size === 0) for (const watcher of [...(this.#watchers ?? [])]) watcher();
    return known;
  }

  /** Calls `watcher`, which must not throw, each time the last call is answered. */
  watch(watcher: () => void): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers?.delete(watcher);
  }
}
