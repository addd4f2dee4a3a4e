import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {IdleSweep} from '../../../lib/lifecycle/generations/idle-sweep';
import {deferred} from '../../support/deferred';
import {FakeClock} from '../../support/fake-clock';

/** The sweeps that are told of the end of a tenant's last context, those of earlier tests among them. */
function told(work: () => void): Set<IdleSweep> {
  const {lastContextEnded} = IdleSweep.prototype;
  const sweeps = new Set<IdleSweep>();
  IdleSweep.prototype.lastContextEnded = function (tenant) {
    sweeps.add(this);
    lastContextEnded.call(this, tenant);
  };
  try {
    work();
  } finally {
    IdleSweep.prototype.lastContextEnded = lastContextEnded;
  }
  return sweeps;
}

/** Each way to enter and leave a context of a tenant. */
const visits: Record<string, (registries: TenantRegistries) => void> = {
  'TenantContext.run': registries => TenantContext.run('acme', () => registries.current()),
  'a context that does not touch the tenant’s registry': registries => {
    registries.for('acme');
    TenantContext.run('acme', () => {});
  },
  'registries.run': registries => registries.run('acme', () => {}),
  'a lease': registries => registries.acquire('acme').release(),
  'nested contexts': registries =>
    TenantContext.run('globex', () => registries.run('acme', () => registries.run('acme', () => {}))),
};

describe('When a tenant’s last context ends', () => {
  for (const [title, visit] of Object.entries(visits)) {
    it(`its registry stays, is dropped at once, or after the grace period: ${title}`, () => {
      const states = [undefined, 0, 5_000].map(lastContextGrace => {
        const clock = new FakeClock();
        const registries = new TenantRegistries({clock, lastContextGrace, idleTtl: Infinity});
        visit(registries);
        const seen = [registries.state('acme')];
        clock.passAtOnce(4_999);
        seen.push(registries.state('acme'));
        clock.passAtOnce(1);
        seen.push(registries.state('acme'));
        clock.passAtOnce(1e9);
        expect(registries.stats().evictions.idle).to.equal(lastContextGrace === undefined ? 0 : 1);
        return [...seen, registries.state('acme')];
      });
      expect(states).to.deep.equal([
        ['active', 'active', 'active', 'active'],
        ['unbuilt', 'unbuilt', 'unbuilt', 'unbuilt'],
        ['active', 'active', 'unbuilt', 'unbuilt'],
      ]);
    });
  }

  it('no registries that were shut down are told of it, also while they wait for work in flight', async () => {
    const visit = () => TenantContext.run('a visitor', () => {});
    const earlier = told(visit);
    const clock = new FakeClock();
    const registries = new TenantRegistries({clock, lastContextGrace: 5_000});
    const [own, ...others] = [...told(visit)].filter(sweep => !earlier.has(sweep));
    expect(others).to.deep.equal([]);
    const lease = registries.acquire('globex');
    const ending = registries.shutdown({drainTimeout: 60_000});
    expect(told(() => lease.release()).has(own)).to.equal(false);
    await ending;
    expect(told(visit).has(own)).to.equal(false);
    expect(clock.pending).to.equal(0);
  });

  it('the reason is `idle`', () => {
    const registries = new TenantRegistries({lastContextGrace: 0});
    const reasons: string[] = [];
    registries.observe({ended: ({tenant, reason}) => void reasons.push(`${tenant} ${reason}`)});
    registries.run('acme', () => {});
    expect(reasons).to.deep.equal(['acme idle']);
  });

  it('the tenant stays while other contexts run, or where new work begins before the grace is over', async () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({clock, lastContextGrace: 5_000});
    const [first, second] = [registries.acquire('acme'), registries.acquire('acme')];
    first.release();
    clock.passAtOnce(6_000);
    expect(registries.state('acme')).to.equal('active');
    second.release();

    clock.passAtOnce(4_000);
    const gate = deferred();
    // it does not touch the registry before the grace is over
    const work = TenantContext.run('acme', () => gate.promise);
    clock.passAtOnce(4_000);
    expect(registries.state('acme')).to.equal('active');
    gate.resolve();
    await work;
    clock.passAtOnce(4_999);
    expect(registries.state('acme')).to.equal('active');
    clock.passAtOnce(1);
    expect(registries.state('acme')).to.equal('unbuilt');
  });

  it('the tenant leaves even if that context began with an earlier generation', () => {
    const registries = new TenantRegistries({lastContextGrace: 0});
    const first = registries.acquire('acme');
    void registries.reload('acme');
    registries.acquire('acme').release();
    expect(registries.peek('acme')).not.to.equal(undefined);
    expect(registries.stats().tenants).to.equal(1);
    first.release();
    expect(registries.stats().tenants).to.equal(0);
  });

  it('the grace begins anew each time the tenant works again', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({clock, lastContextGrace: 5_000});
    for (let visit = 0; visit < 10; visit++) {
      registries.run('acme', () => {});
      clock.passAtOnce(4_000);
      expect(registries.state('acme')).to.equal('active');
    }
    clock.passAtOnce(1_000);
    expect(registries.state('acme')).to.equal('unbuilt');
    expect(registries.stats().misses).to.equal(1);
  });

  it('the registry comes back as itself on the next use while something holds it', () => {
    const registries = new TenantRegistries({lastContextGrace: 0});
    const registry = registries.run('acme', own => own);
    expect(registries.state('acme')).to.equal('unbuilt');
    expect(registries.for('acme')).to.equal(registry);
  });

  it('the registry stays while an operation is still under way', async () => {
    const registries = new TenantRegistries({lastContextGrace: 0});
    const call = {failWith: () => {}};
    const registry = registries.run('acme', own => {
      own.inFlight.add(call);
      return own;
    });
    expect([registries.state('acme'), registries.stats().leaving]).to.deep.equal(['leaving', 1]);
    registry.inFlight.delete(call);
    expect([registries.state('acme'), registries.stats().leaving]).to.deep.equal(['unbuilt', 0]);
  });

  it('an offboarding under way is not disturbed', async () => {
    const registries = new TenantRegistries({lastContextGrace: 0});
    const lease = registries.acquire('acme');
    const report = registries.offboard('acme');
    lease.release();
    expect(await report).to.include({leasesDrained: 1});
    expect(registries.stats().endings).to.include({offboard: 1, idle: 0});
  });

  it('each of two TenantRegistries keeps to its own grace', () => {
    const [keeps, drops] = [new TenantRegistries(), new TenantRegistries({lastContextGrace: 0})];
    TenantContext.run('acme', () => [keeps.current(), drops.current()]);
    expect([keeps.state('acme'), drops.state('acme')]).to.deep.equal(['active', 'unbuilt']);
  });

  it('a TenantRegistries that was shut down leaves no timer and hears of no context', async () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({clock, lastContextGrace: 5_000});
    registries.run('acme', () => {});
    expect(clock.pending).to.be.at.least(1);
    await registries.shutdown();
    TenantContext.run('acme', () => {});
    expect(clock.pending).to.equal(0);
  });
});
