/**
 * - `unbuilt`: no registry is held; one is built on the next use, or comes back where something still holds it;
 * - `active`: a registry is held;
 * - `leaving`: work in flight still uses a registry that was let go; the next use builds another one;
 * - `suspended`: new work is refused, work in flight goes on, the registry stays;
 * - `offboarding`: new work is refused, work in flight is drained and the tenant ended;
 * - `offboarded`: gone, and every use is an error.
 */
export type TenantState = 'unbuilt' | 'active' | 'leaving' | 'suspended' | 'offboarding' | 'offboarded';

/** What happens to a tenant. `left`: the last work in flight has ended. `ended`: the offboarding is done. */
export type TenantVerb = 'use' | 'evict' | 'reload' | 'left' | 'suspend' | 'resume' | 'offboard' | 'ended' | 'reinstate';

const TRANSITIONS: {readonly [State in TenantState]: {readonly [Verb in TenantVerb]?: TenantState}} = {
  unbuilt: {use: 'active', reload: 'unbuilt', suspend: 'suspended', offboard: 'offboarding'},
  active: {use: 'active', evict: 'leaving', reload: 'leaving', suspend: 'suspended', offboard: 'offboarding'},
  leaving: {use: 'active', left: 'unbuilt', reload: 'leaving', suspend: 'suspended', offboard: 'offboarding'},
  suspended: {evict: 'suspended', reload: 'suspended', suspend: 'suspended', resume: 'unbuilt', offboard: 'offboarding'},
  offboarding: {offboard: 'offboarding', ended: 'offboarded', reinstate: 'unbuilt'},
  offboarded: {offboard: 'offboarded', reinstate: 'unbuilt'},
};

/** The state after a verb; undefined where the state does not allow it or it changes nothing there. */
export function transition(state: TenantState, verb: TenantVerb): TenantState | undefined {
  return TRANSITIONS[state][verb];
}
