import {expect} from 'chai';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {TenantRegistries} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {inShort, lifeLog} from '../../support/life-log';

const MINUTE = 60_000;
/** The sweep looks once a second, at most. */
const SECOND = 1_000;

describe('The idle sweep', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries({clock, idleTtl: MINUTE});
  });

  it('evicts a tenant that was not used for idleTtl, without any call', async () => {
    const log = lifeLog(registries);
    registries.for('acme');
    await clock.pass(MINUTE - 1);
    expect(registries.state('acme')).to.equal('active');
    await clock.pass(1);
    expect(registries.state('acme')).to.equal('unbuilt');
    expect(inShort(log)).to.deep.equal(['built acme 1', 'ended acme 1 idle']);
    expect(registries.stats().evictions).to.include({idle: 1, manual: 0});
  });

  it('gives a tenant that was used meanwhile another idleTtl', async () => {
    for (const tenant of ['quiet', 'used']) registries.for(tenant);
    await clock.pass(MINUTE / 2);
    registries.for('used');
    await clock.pass(MINUTE / 2);
    expect(['quiet', 'used'].map(tenant => registries.state(tenant))).to.deep.equal(['unbuilt', 'active']);
    await clock.pass(MINUTE / 2 + SECOND);
    expect(registries.state('used')).to.equal('unbuilt');
  });

  it('passes over tenants with work in flight, and checks them again later', async () => {
    const lease = registries.acquire('acme');
    await clock.pass(10 * MINUTE);
    expect(registries.state('acme')).to.equal('active');
    lease.release();
    expect(registries.state('acme')).to.equal('active');
    await clock.pass(MINUTE + SECOND);
    expect(registries.state('acme')).to.equal('unbuilt');
  });

  it('sets no timer while no tenant is held, and one timer for any number of tenants', async () => {
    expect(clock.pending).to.equal(0);
    for (let i = 0; i < 10; i++) registries.for(`t${i}`);
    expect(clock.pending).to.equal(1);
    await clock.pass(MINUTE);
    expect(registries.stats().tenants).to.equal(0);
    expect(clock.pending).to.equal(0);
  });

  it('evicts a tenant that came back as itself, even if no other tenant is held', async () => {
    const registry = registries.for('acme');
    await clock.pass(MINUTE);
    expect(registries.for('acme')).to.equal(registry);
    expect(clock.pending).to.equal(1);
    await clock.pass(MINUTE);
    expect(registries.state('acme')).to.equal('unbuilt');
  });

  it('does not begin with idleTtl Infinity, nor go on after a shutdown', async () => {
    const forever = new TenantRegistries({clock, idleTtl: Infinity});
    forever.for('acme');
    expect(clock.pending).to.equal(0);
    registries.for('acme');
    await registries.shutdown();
    expect(clock.pending).to.equal(0);
    await clock.pass(10 * MINUTE);
    expect(registries.stats().endings).to.include({shutdown: 1, idle: 0});
  });

  it('leaves a suspended tenant suspended', async () => {
    registries.for('acme');
    await registries.suspend('acme');
    await clock.pass(MINUTE);
    expect(registries.state('acme')).to.equal('suspended');
    expect(registries.stats().tenants).to.equal(0);
    expect(registries.stats().evictions.idle).to.equal(1);
  });

  it('runs at the next use where the timer comes late', () => {
    registries.for('acme');
    clock.jump(2 * MINUTE);
    registries.for('other');
    expect(registries.state('acme')).to.equal('unbuilt');
  });

  it('looks at no more than 100 tenants in one stretch', () => {
    registries = new TenantRegistries({clock, max: 10_000, idleTtl: MINUTE});
    for (let i = 0; i < 10_000; i++) registries.for(`tenant-${i}`);
    clock.jump(MINUTE);
    let held = 10_000;
    let stretches = 0;
    while (clock.fire() > 0) {
      const {tenants} = registries.stats();
      expect(held - tenants).to.be.at.most(100);
      held = tenants;
      stretches++;
    }
    expect([held, registries.stats().evictions.idle]).to.deep.equal([0, 10_000]);
    expect(stretches).to.be.within(100, 101);
  });

  it('does not block the event loop: 10,000 idle tenants, in real time', async () => {
    const stretches: number[] = [];
    const timed = {
      now: () => performance.now(),
      setTimeout: (work: () => void, ms: number) =>
        setTimeout(() => {
          // not by the clock: other processes have their part in that
          const before = process.cpuUsage();
          work();
          const {user, system} = process.cpuUsage(before);
          stretches.push((user + system) / 1_000);
        }, ms),
    };
    const real = new TenantRegistries({max: 10_000, idleTtl: 50, clock: timed});
    for (let i = 0; i < 10_000; i++) real.for(`tenant-${i}`);
    while (real.stats().tenants > 0) await new Promise(resolve => setTimeout(resolve, 5));
    // generous: the garbage collector has its part in it
    expect(stretches.sort((one, other) => one - other).at(-6)).to.be.below(50);
  });

  it('goes on where an observer throws', async () => {
    const warned = new Promise<Error>(resolve => process.once('warning', resolve));
    registries.observe({
      ended() {
        throw new Error('observer down');
      },
    });
    for (const tenant of ['a', 'b']) registries.for(tenant);
    await clock.pass(MINUTE);
    expect((await warned).message).to.contain('observer down');
    expect(registries.stats()).to.include({tenants: 0});
  });

  it('does not hold the process open', async () => {
    const library = JSON.stringify(path.resolve(__dirname, '../../../lib/index.js'));
    const script = `
      const {TenantRegistries} = require(${library});
      const registries = new TenantRegistries({lastContextGrace: 60_000});
      registries.run('acme', () => registries.for('acme'));
    `;
    await promisify(execFile)(process.execPath, ['-e', script], {timeout: 50_000});
  });
});
