import {channel} from 'node:diagnostics_channel';
import {isPromise} from 'node:util/types';
import {InvalidOptionError, settleStack} from '../../scoped-registry/errors';
import type {EndReason} from './end-reason';
import type {TenantState} from './tenant-state';
import {warn} from '../warning';

/** What happens in the life of a tenant, by name. All events are frozen. */
export interface LifecycleEvents {
  /** A registry was built. */
  built: {readonly tenant: string; readonly generation: number};
  /** A registry was let go while work in flight still uses it: it ends with that work, or at a deadline. */
  leaving: {readonly tenant: string; readonly generation: number; readonly reason: EndReason};
  /** A registry was let go. One that was evicted comes back as itself while something holds it, and may end again. */
  ended: {
    readonly tenant: string;
    readonly generation: number;
    readonly reason: EndReason;
    readonly models: number;
    readonly embeddedModels: number;
  };
  /** A tenant was suspended, resumed, offboarded or reinstated. */
  state: {readonly tenant: string; readonly from: TenantState; readonly to: TenantState};
}

/** Any of these methods; called at once, so they should be quick. What one throws harms nobody: it is a warning or reported. */
export type LifecycleObserver = {
  readonly [Name in keyof LifecycleEvents]?: (event: LifecycleEvents[Name]) => void;
};

const NAMES = ['built', 'leaving', 'ended', 'state'] as const satisfies (keyof LifecycleEvents)[];

/** The prefix of the names of the channels of `node:diagnostics_channel`, one for each event. */
export const CHANNEL_PREFIX = 'loopback-scoped-registry:';

/** Tells observers and channels; an event that nobody listens to is not made. */
export class LifecyclePublisher {
  readonly #observers = new Set<{readonly observer: LifecycleObserver}>();
  readonly #channels = Object.fromEntries(NAMES.map(name => [name, channel(CHANNEL_PREFIX + name)]));

  /**
   * @returns the observer's removal
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  add(observer: LifecycleObserver): () => void {
    if (typeof observer !== 'object' || observer === null) throw new InvalidOptionError('observe takes an object of methods.');
    for (const [name, method] of Object.entries(observer)) {
      if (!NAMES.includes(name as never) || (method !== undefined && typeof method !== 'function')) {
        throw new InvalidOptionError(`observe takes an object of functions named ${NAMES.join(', ')}; ${name} is none.`);
      }
    }
    const registration = {observer};
    this.#observers.add(registration);
    return () => void this.#observers.delete(registration);
  }

  /** @returns what observers threw */
  publish<Name extends keyof LifecycleEvents>(name: Name, makeEvent: () => LifecycleEvents[Name]): unknown[] {
    const errors: unknown[] = [];
    const listeners = [...this.#observers].filter(({observer}) => observer[name] !== undefined);
    const published = this.#channels[name];
    if (listeners.length === 0 && !published.hasSubscribers) return errors;
    const event = makeEvent();
    Object.freeze(event);
    for (const {observer} of listeners) {
      try {
        const result = (observer[name] as (event: LifecycleEvents[Name]) => unknown)(event);
        // nobody awaits it, and a rejection that nobody handles ends the process
        if (isPromise(result)) void result.catch(error => warn(`An observer of '${name}' failed`, error));
      } catch (error) {
        errors.push(settleStack(error));
      }
    }
    published.publish(event);
    return errors;
  }
}
