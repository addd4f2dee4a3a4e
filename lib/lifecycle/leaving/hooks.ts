import {InvalidOptionError, printed, settleStack} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import type {Clock} from '../time/clock';
import {withDeadline} from '../time/deadline';

export type Hook<Event> = (event: Event) => unknown;

/** The result of `runHooks`. */
export interface HookRun<Event> {
  /** The hooks that threw, rejected or did not settle in time. */
  readonly failed: readonly Hook<Event>[];
  /** Their errors, in the same order. */
  readonly errors: readonly unknown[];
}

/** The registered hooks of one kind: `beforeOffboard` or `onOffboard`. */
export class Hooks<Event> {
  readonly #registered = new Set<{readonly hook: Hook<Event>}>();

  /** @param name the method's name, for error messages */
  constructor(private readonly name: string) {}

  /**
   * @returns a function that removes the hook
   * @throws InvalidOptionError `INVALID_OPTION` for anything but a function
   */
  add(hook: Hook<Event>): () => void {
    if (typeof hook !== 'function') throw new InvalidOptionError(`${this.name} takes a function, ${got(hook)}.`);
    const registration = {hook};
    this.#registered.add(registration);
    return () => void this.#registered.delete(registration);
  }

  /** Returns a copy of the present list of hooks, in the order of their registration. */
  list(): Hook<Event>[] {
    return [...this.#registered].map(({hook}) => hook);
  }
}

/**
 * Calls and awaits hooks one after the other. A hook that throws or hangs does not stop the others. Never rejects.
 * @param timeout milliseconds for each hook
 */
export async function runHooks<Event>(
  hooks: readonly Hook<Event>[],
  event: Event,
  timeout: number,
  clock: Clock,
): Promise<HookRun<Event>> {
  const failed: Hook<Event>[] = [];
  const errors: unknown[] = [];
  for (const hook of hooks) {
    // a function's name is user code's to change
    const name = () => printed(() => hook.name || 'without a name', 'without a name');
    const timeoutError = () => new Error(`A hook (${name()}) did not settle within ${timeout} ms.`);
    try {
      await withDeadline(clock, Promise.resolve(event).then(hook), timeout, timeoutError);
    } catch (error) {
      failed.push(hook);
      errors.push(settleStack(error));
    }
  }
  return {failed, errors};
}
