import {InvalidOptionError, settleStack} from '../../scoped-registry/errors';
import type {Clock} from '../time/clock';
import {withDeadline} from '../time/deadline';

export type Hook<Event> = (event: Event) => unknown;

/** What became of one run of hooks. */
export interface HookRun<Event> {
  readonly failed: readonly Hook<Event>[];
  /** What they threw, in their order. */
  readonly errors: readonly unknown[];
}

/** Hooks that are awaited one after the other. One that throws or hangs does not stop the rest. */
export class Hooks<Event> {
  readonly #registered = new Set<{readonly hook: Hook<Event>}>();

  constructor(private readonly name: string) {}

  /**
   * @returns the hook's removal
   * @throws InvalidOptionError `INVALID_OPTION` for anything but a function
   */
  add(hook: Hook<Event>): () => void {
    if (typeof hook !== 'function') throw new InvalidOptionError(`${this.name} takes a function.`);
    const registration = {hook};
    this.#registered.add(registration);
    return () => void this.#registered.delete(registration);
  }

  /** The hooks of this moment, in the order of their registration. */
  list(): Hook<Event>[] {
    return [...this.#registered].map(({hook}) => hook);
  }
}

/** @param timeout milliseconds for each hook */
export async function runHooks<Event>(
  hooks: readonly Hook<Event>[],
  event: Event,
  timeout: number,
  clock: Clock,
): Promise<HookRun<Event>> {
  const failed: Hook<Event>[] = [];
  const errors: unknown[] = [];
  for (const hook of hooks) {
    const late = () => new Error(`A hook (${hook.name || 'without a name'}) did not settle within ${timeout} ms.`);
    try {
      await withDeadline(clock, Promise.resolve(event).then(hook), timeout, late);
    } catch (error) {
      failed.push(hook);
      errors.push(settleStack(error));
    }
  }
  return {failed, errors};
}
