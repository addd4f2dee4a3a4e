import {channel} from 'node:diagnostics_channel';
import {InvalidOptionError, settleStack} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import type {EndReason} from './end-reason';
import type {TenantState} from './tenant-state';
import {callUserCode, warn} from '../warning';

/** The events in the life of a tenant, by name. All events are frozen. */
export interface LifecycleEvents {
  /** A registry was built. */
  built: {readonly tenant: string; readonly generation: number};
  /** A registry was let go while work in flight still uses it. It ends with that work, or at a deadline. */
  leaving: {readonly tenant: string; readonly generation: number; readonly reason: EndReason};
  /**
   * A registry was let go, and no work in flight uses it. An evicted registry that something keeps alive can come back as
   * itself, and can end again.
   */
  ended: {
    readonly tenant: string;
    readonly generation: number;
    readonly reason: EndReason;
    /** The number of its named classes. */
    readonly models: number;
    /** The number of its embedded classes. */
    readonly embeddedModels: number;
  };
  /** A tenant was suspended, resumed, offboarded or reinstated. */
  state: {readonly tenant: string; readonly from: TenantState; readonly to: TenantState};
}

/**
 * An object with a method for each event that it wants. Methods are called synchronously, so they should be quick. An error
 * that a method throws goes into the report of the running call, if that call makes a report; otherwise it becomes a process
 * warning. A rejection always becomes a process warning.
 */
export type LifecycleObserver = {
  readonly [Name in keyof LifecycleEvents]?: (event: LifecycleEvents[Name]) => void;
};

const NAMES = ['built', 'leaving', 'ended', 'state'] as const satisfies (keyof LifecycleEvents)[];

/** The prefix of the channel names on `node:diagnostics_channel`. There is a channel for each event. */
export const CHANNEL_PREFIX = 'loopback-scoped-registry:';

/** Publishes events to observers and diagnostics channels. An event without a listener is not even made. */
export class LifecyclePublisher {
  readonly #observers = new Set<{readonly observer: LifecycleObserver}>();
  readonly #channels = Object.fromEntries(NAMES.map(name => [name, channel(CHANNEL_PREFIX + name)]));

  /**
   * @returns a function that removes the observer
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  add(observer: LifecycleObserver): () => void {
    if (typeof observer !== 'object' || observer === null)
      throw new InvalidOptionError(`observe takes an object of methods, ${got(observer)}.`);
    for (const [name, method] of Object.entries(observer)) {
      if (!NAMES.includes(name as never) || (method !== undefined && typeof method !== 'function')) {
        throw new InvalidOptionError(`observe takes an object of functions named ${NAMES.join(', ')}; ${name} is none.`);
      }
    }
    const registration = {observer};
    this.#observers.add(registration);
    return () => void this.#observers.delete(registration);
  }

  /** @returns the errors that observers threw */
  publish<Name extends keyof LifecycleEvents>(name: Name, makeEvent: () => LifecycleEvents[Name]): unknown[] {
    const errors: unknown[] = [];
    const listeners = this.#listeners(name, errors);
    const published = this.#channels[name];
    if (listeners.length === 0 && !published.hasSubscribers) return errors;
    const event = makeEvent();
    Object.freeze(event);
    const rejected = (error: unknown) => warn(`An observer of '${name}' failed`, error);
    for (const {observer, method} of listeners) {
      callUserCode(
        () => method.call(observer, event),
        error => errors.push(settleStack(error)),
        rejected,
      );
    }
    published.publish(event);
    return errors;
  }

  /** @param errors gets what accessors throw: a method of an observer may be one, which is user code too */
  #listeners(name: keyof LifecycleEvents, errors: unknown[]): {observer: LifecycleObserver; method: Function}[] {
    const listeners = [];
    for (const {observer} of [...this.#observers]) {
      try {
        const method = observer[name];
        if (method !== undefined) listeners.push({observer, method});
      } catch (error) {
        errors.push(settleStack(error));
      }
    }
    return listeners;
  }
}
