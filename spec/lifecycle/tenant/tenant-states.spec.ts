import {expect} from 'chai';
import {TenantRegistries, type Lease, type TenantState} from '../../../lib/index';
import {transition, type TenantVerb} from '../../../lib/lifecycle/tenant/tenant-state';
import {FakeClock} from '../../support/fake-clock';
import {codeOf, inShort, lifeLog} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';

/** A tenant that is `at work` is active, with a lease. */
type Start = TenantState | 'at work';

const VERBS: Readonly<Record<TenantVerb, (registries: TenantRegistries, leases: Lease[]) => unknown>> = {
  use: registries => registries.for('acme') !== undefined,
  evict: registries => registries.evict('acme'),
  reload: registries => registries.reload('acme', {drainTimeout: 0}) !== undefined,
  left: (_, leases) => leases.map(lease => lease.release()).length > 0,
  suspend: registries => registries.suspend('acme', {drainTimeout: 0}) !== undefined,
  resume: registries => registries.resume('acme'),
  offboard: registries => registries.offboard('acme') !== undefined,
  ended: (_, leases) => leases.map(lease => lease.release()).length > 0,
  reinstate: registries => registries.reinstate('acme'),
};

const SUSPENDED = 'TENANT_SUSPENDED';
const GONE = 'TENANT_OFFBOARDED';

/** The state after each verb, or the code of its error; false where it says that it changed nothing. */
const AFTER: Readonly<Record<Start, Partial<Record<TenantVerb, string | false>>>> = {
  unbuilt: {
    ...{
      use: 'active',
      evict: false,
      reload: 'unbuilt',
      suspend: 'suspended',
      resume: false,
      offboard: 'offboarded',
      reinstate: false,
    },
  },
  active: {
    ...{use: 'active', evict: 'unbuilt', reload: 'unbuilt', suspend: 'suspended', resume: false, offboard: 'offboarded'},
    ...{reinstate: false},
  },
  'at work': {
    ...{use: 'active', evict: 'leaving', reload: 'leaving', suspend: 'suspended', resume: false, offboard: 'offboarding'},
    ...{reinstate: false},
  },
  leaving: {
    ...{use: 'active', evict: false, reload: 'leaving', left: 'unbuilt', suspend: 'suspended', resume: false},
    ...{offboard: 'offboarding', reinstate: false},
  },
  suspended: {
    ...{use: SUSPENDED, evict: 'suspended', reload: 'suspended', suspend: 'suspended', resume: 'active', offboard: 'offboarded'},
    ...{reinstate: false},
  },
  offboarding: {
    ...{use: GONE, evict: false, reload: GONE, suspend: GONE, resume: false, offboard: 'offboarding', ended: 'offboarded'},
    // its work is still in flight
    ...{reinstate: 'leaving'},
  },
  offboarded: {
    ...{use: GONE, evict: false, reload: GONE, suspend: GONE, resume: false, offboard: 'offboarded', reinstate: 'unbuilt'},
  },
};

/** What may follow at once on the state that the transition function says: nothing to wait for, a registry still held. */
const FOLLOWS: Readonly<Partial<Record<TenantState, readonly TenantState[]>>> = {
  leaving: ['unbuilt'],
  unbuilt: ['active', 'leaving'],
  offboarding: ['offboarded'],
};

describe('The states of a tenant', () => {
  let registries: TenantRegistries;
  let leases: Lease[];
  beforeEach(() => {
    registries = new TenantRegistries({clock: new FakeClock(), idleTtl: Infinity});
    leases = [];
  });
  afterEach(() => leases.forEach(lease => lease.release()));

  async function bring(start: Start): Promise<void> {
    if (['at work', 'leaving', 'offboarding'].includes(start)) leases.push(registries.acquire('acme'));
    if (['active', 'suspended'].includes(start)) registries.for('acme');
    if (start === 'leaving') registries.evict('acme');
    if (start === 'suspended') await registries.suspend('acme');
    if (start === 'offboarding') void registries.offboard('acme');
    if (start === 'offboarded') await registries.offboard('acme');
  }

  for (const [start, verbs] of Object.entries(AFTER) as [Start, (typeof AFTER)[Start]][]) {
    for (const [verb, after] of Object.entries(verbs) as [TenantVerb, string | false][]) {
      it(`${start}: ${verb} → ${after === false ? 'false' : after}`, async () => {
        const state = start === 'at work' ? 'active' : start;
        await bring(start);
        expect(registries.state('acme')).to.equal(state);
        let outcome: unknown;
        const code = codeOf(() => (outcome = VERBS[verb](registries, leases)));
        const atOnce = registries.state('acme');
        await nextJob();
        const target = transition(state, verb);
        const refused = after === false || after === SUSPENDED || after === GONE;
        if (refused) {
          expect(code ?? outcome).to.equal(after);
          expect(registries.state('acme')).to.equal(state);
          expect(target).to.equal(undefined);
          return;
        }
        expect([code, outcome]).to.deep.equal([undefined, true]);
        expect(registries.state('acme')).to.equal(after);
        expect([target, ...(FOLLOWS[target!] ?? [])]).to.include(after);
        expect(registries.inspect('acme').state).to.equal(after);
        // new work is refused before a verb has returned
        if (verb === 'offboard' || verb === 'suspend') expect([target, after]).to.include(atOnce);
      });
    }
  }

  it('are told to observers: from which one to which one', async () => {
    const log = lifeLog(registries);
    registries.for('acme');
    await registries.suspend('acme');
    registries.resume('acme');
    await registries.suspend('acme');
    await registries.offboard('acme');
    registries.reinstate('acme');
    expect(inShort(log).filter(event => event.startsWith('state'))).to.deep.equal([
      'state acme active > suspended',
      'state acme suspended > active',
      'state acme active > suspended',
      'state acme suspended > offboarding',
      'state acme offboarding > offboarded',
      'state acme offboarded > unbuilt',
    ]);
  });

  it('are asked for by a tenant code', () => {
    expect(codeOf(() => registries.state(''))).to.equal('INVALID_TENANT_CODE');
  });
});
