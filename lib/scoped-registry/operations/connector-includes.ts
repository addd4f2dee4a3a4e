/**
 * A connector that has found rows calls `Model.include` for the related ones, in its own callback: where a pool serves several tenants,
 * maybe in another tenant's context. It passes on the options of its own call, by which the `include` is recognised as part of that call.
 */
import type {TenantOwned} from '../ownership/running-tenants';

interface RunningCalls {
  readonly owned: TenantOwned;
  count: number;
}

/** The calls that have no answer yet, by their options. */
const running = new WeakMap<object, RunningCalls>();

/** @returns what ends the note; undefined if the call includes nothing */
export function noteIncludingCall(owned: TenantOwned, [, filter, options]: readonly unknown[]): (() => void) | undefined {
  if (!(filter as {include?: unknown} | undefined)?.include || typeof options !== 'object' || options === null) return undefined;
  const calls = running.get(options) ?? {owned, count: 0};
  if (calls.owned !== owned) return undefined;
  running.set(options, calls);
  calls.count++;
  let isOver = false;
  return () => {
    // some connectors answer more than once
    if (isOver) return;
    isOver = true;
    if (--calls.count === 0) running.delete(options);
  };
}

/** Whose connector calls `include(objects, include, options, callback)`; undefined if user code does. */
export function callerOfInclude([, , options]: readonly unknown[]): TenantOwned | undefined {
  return typeof options === 'object' && options !== null ? running.get(options)?.owned : undefined;
}
