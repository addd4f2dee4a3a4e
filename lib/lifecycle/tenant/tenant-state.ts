/**
 * - `unbuilt`: no registry is held. The next use builds one, or gets an evicted one back that something keeps alive;
 * - `active`: a registry is held;
 * - `leaving`: no registry is held, and work in flight still uses one that was let go. The next use builds another one, or
 *   gets that one back if it was evicted by `lru`, `idle` or `memory`;
 * - `suspended`: new work is refused, work in flight goes on, the registry stays;
 * - `offboarding`: new work is refused, work in flight is drained, then the tenant ends;
 * - `offboarded`: the tenant is gone, and every use is an error.
 */
export type TenantState = 'unbuilt' | 'active' | 'leaving' | 'suspended' | 'offboarding' | 'offboarded';

/** The events that change the state. `left`: the last work in flight has ended. `ended`: the offboarding is done. */
export type TenantVerb = 'use' | 'evict' | 'reload' | 'left' | 'suspend' | 'resume' | 'offboard' | 'ended' | 'reinstate';

const TRANSITIONS: {readonly [State in TenantState]: {readonly [Verb in TenantVerb]?: TenantState}} = {
  unbuilt: {use: 'active', reload: 'unbuilt', suspend: 'suspended', offboard: 'offboarding'},
  active: {use: 'active', evict: 'leaving', reload: 'leaving', suspend: 'suspended', offboard: 'offboarding'},
  leaving: {use: 'active', left: 'unbuilt', reload: 'leaving', suspend: 'suspended', offboard: 'offboarding'},
  suspended: {evict: 'suspended', reload: 'suspended', suspend: 'suspended', resume: 'unbuilt', offboard: 'offboarding'},
  offboarding: {offboard: 'offboarding', ended: 'offboarded', reinstate: 'unbuilt'},
  offboarded: {offboard: 'offboarded', reinstate: 'unbuilt'},
};

/** Returns the state after a verb; undefined where the state does not allow the verb, or where the verb has no effect. */
export function transition(state: TenantState, verb: TenantVerb): TenantState | undefined {
  return TRANSITIONS[state][verb];
}
