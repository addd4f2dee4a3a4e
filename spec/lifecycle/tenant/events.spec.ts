import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {once} from 'node:events';
import {expect} from 'chai';
import {ModelBuilder, ModelRegistry, TenantContext, TenantRegistries, type LifecycleObserver} from '../../../lib/index';
import {LifecyclePublisher} from '../../../lib/lifecycle/tenant/lifecycle-events';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {NESTED, NESTED_CLASSES} from '../../support/structures';

const NAMES = ['built', 'leaving', 'ended', 'state'] as const;
const CHANNEL = 'loopback-scoped-registry:';

describe('Events', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let told: [name: string, event: object][];
  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries({clock, max: 2, idleTtl: 1_000});
    told = [];
  });
  afterEach(() => expect(registries.getMemoryStats().activeContexts).to.equal(0));

  /** Notes all events. */
  const noting = Object.fromEntries(
    NAMES.map(name => [name, (event: object) => told.push([name, event])]),
  ) as unknown as LifecycleObserver;

  /** What was told since this was called last, shortly. */
  function news(): string[] {
    return told.splice(0).map(([name, event]) => {
      const {tenant, generation, reason, from, to} = event as Record<string, string | number | undefined>;
      return [name, tenant, generation, reason, from, to].filter(part => part !== undefined).join(' ');
    });
  }

  it('tell that a registry was built', () => {
    registries.observe(noting);
    registries.for('a');
    registries.for('a');
    expect(told).to.deep.equal([['built', {tenant: 'a', generation: 1}]]);
    expect(told[0][1]).to.be.frozen;
  });

  it('tell that a registry was let go, why, and what it held', () => {
    registries.observe(noting);
    lookedAt(new ModelBuilder({registries, tenant: 'a'}).define('Customer', NESTED()));
    registries.evict('a');
    expect(told.at(-1)).to.deep.equal([
      'ended',
      {tenant: 'a', generation: 1, reason: 'manual', models: 1, embeddedModels: NESTED_CLASSES - 1},
    ]);
  });

  it('tell of each reason for which a registry is let go', async () => {
    registries.observe({ended: noting.ended});
    for (const tenant of ['a', 'b', 'c']) registries.for(tenant);
    registries.evict('b');
    await registries.reload('c');
    new ModelBuilder({registries, tenant: 'd'}).define('Customer');
    registries.shed(1);
    registries.for('e');
    clock.passAtOnce(5_000);
    expect(news()).to.deep.equal(['ended a 1 lru', 'ended b 2 manual', 'ended c 3 reload', 'ended d 4 memory', 'ended e 5 idle']);
    const others = new TenantRegistries();
    others.observe({ended: noting.ended});
    for (const tenant of ['f', 'g']) others.for(tenant);
    await others.offboard('f');
    await others.shutdown();
    expect(news()).to.deep.equal(['ended f 1 offboard', 'ended g 2 shutdown']);
  });

  it('tell that a registry at work is leaving, and then that it ended', async () => {
    for (const [reason, leave] of Object.entries({
      manual: () => registries.evict('a'),
      reload: () => registries.reload('a'),
      lru: () => ['b', 'c'].map(tenant => registries.for(tenant)),
      offboard: () => registries.offboard('a'),
    })) {
      const lease = registries.acquire('a');
      const {generation} = lease.registry;
      const stop = registries.observe({leaving: noting.leaving, ended: noting.ended});
      const left = leave();
      expect(news().filter(line => line.includes(' a '))).to.deep.equal([`leaving a ${generation} ${reason}`]);
      lease.release();
      await left;
      expect(news()).to.deep.equal([`ended a ${generation} ${reason}`]);
      stop();
    }
  });

  it('tell each change of state that a verb makes', async () => {
    registries.observe({state: noting.state});
    registries.for('a');
    await registries.suspend('a');
    await registries.suspend('a');
    expect(news()).to.deep.equal(['state a active suspended']);
    registries.resume('a');
    registries.resume('a');
    expect(news()).to.deep.equal(['state a suspended active']);
    await registries.offboard('a');
    await registries.offboard('a');
    expect(news()).to.deep.equal(['state a active offboarding', 'state a offboarding offboarded']);
    registries.reinstate('a');
    registries.reinstate('a');
    expect(news()).to.deep.equal(['state a offboarded unbuilt']);
  });

  it('of an offboarding come in their order', async () => {
    registries.for('a');
    registries.observe(noting);
    registries.beforeOffboard(() => told.push(['before-hook', {}]));
    registries.onOffboard(() => told.push(['after-hook', {}]));
    await registries.offboard('a');
    expect(news()).to.deep.equal([
      'state a active offboarding',
      'before-hook',
      'ended a 1 offboard',
      'after-hook',
      'state a offboarding offboarded',
    ]);
  });

  describe('on channels', () => {
    const received: [string, unknown][] = [];
    const listener = (event: unknown, name: string | symbol) => received.push([String(name), event]);
    beforeEach(() => {
      received.length = 0;
      for (const name of NAMES) subscribe(CHANNEL + name, listener);
    });
    afterEach(() => {
      for (const name of NAMES) unsubscribe(CHANNEL + name, listener);
    });

    it('are the same ones that observers get, in the same order', async () => {
      registries.observe(noting);
      const lease = registries.acquire('a');
      registries.evict('a');
      lease.release();
      await registries.suspend('a');
      expect(received.map(([name]) => name)).to.deep.equal(['built', 'leaving', 'ended', 'state'].map(name => CHANNEL + name));
      told.forEach(([, event], i) => expect(received[i][1]).to.equal(event));
    });

    it('come from all TenantRegistries of the process', () => {
      for (const each of [registries, new TenantRegistries()]) each.for('a');
      expect(received).to.have.lengthOf(2);
    });
  });

  it('are not even made where there is no listener', () => {
    const publisher = new LifecyclePublisher();
    let made = 0;
    const make = () => ({tenant: 'a', generation: ++made});
    publisher.publish('built', make);
    publisher.add({ended: () => {}});
    publisher.publish('built', make);
    expect(made).to.equal(0);
    const listener = () => {};
    subscribe(`${CHANNEL}built`, listener);
    publisher.publish('built', make);
    unsubscribe(`${CHANNEL}built`, listener);
    expect(made).to.equal(1);
    publisher.publish('built', make);
    expect(made).to.equal(1);
    for (let i = 0; i < 2; i++) publisher.add({built: () => {}});
    publisher.publish('built', make);
    expect(made).to.equal(2);
  });

  it('count no classes where there is no listener', () => {
    const {counts} = ModelRegistry.prototype;
    let counted = 0;
    ModelRegistry.prototype.counts = function () {
      counted++;
      return counts.call(this);
    };
    try {
      registries.for('a');
      registries.shed(1);
      expect(counted).to.equal(0);
      const stop = registries.observe({ended() {}});
      registries.for('a');
      registries.evict('a');
      expect(counted).to.equal(1);
      stop();
    } finally {
      ModelRegistry.prototype.counts = counts;
    }
  });

  it('reach each observer until it is removed', () => {
    const stop = registries.observe(noting);
    const stopAgain = registries.observe(noting);
    registries.for('a');
    stop();
    stop();
    registries.for('b');
    stopAgain();
    registries.for('c');
    expect(news()).to.deep.equal(['built a 1', 'built a 1', 'built b 2']);
  });

  it('of idle tenants come from a timer that is set outside any context', () => {
    const {setTimeout} = clock;
    const during: unknown[] = [];
    clock.setTimeout = (work, ms) => {
      during.push(TenantContext.tenant);
      return setTimeout.call(clock, work, ms);
    };
    TenantContext.run('a', () => registries.current());
    expect(during).to.deep.equal([undefined]);
  });

  it('call a method of an observer with the observer as `this`', () => {
    class Counter {
      #count = 0;
      get count() {
        return this.#count;
      }
      built() {
        this.#count++;
      }
    }
    const counter = new Counter();
    registries.observe(counter);
    registries.for('a');
    expect(counter.count).to.equal(1);
  });

  describe('of which an observer throws', () => {
    const failure = new Error('observer failed');

    it('reach the other observers, and the error becomes a process warning', async () => {
      const later: () => unknown = async () => Promise.reject(failure);
      const now = () => {
        throw failure;
      };
      for (const broken of [now, later]) {
        const stop = registries.observe({built: broken});
        const stopNoting = registries.observe(noting);
        const warned = once(process, 'warning') as Promise<[Error & {code?: string}]>;
        expect(registries.for('a').disposed).to.equal(false);
        expect(news()).to.have.lengthOf(1);
        const [warning] = await warned;
        expect(warning.message).to.equal("An observer of 'built' failed: Error: observer failed");
        expect(warning).to.have.property('code', 'LOOPBACK_SCOPED_REGISTRY');
        stop();
        stopNoting();
        await registries.offboard('a');
        registries.reinstate('a');
      }
    });

    it('have the error in the report of the call that ended the registry, if it has one', async () => {
      registries.observe({
        ended() {
          throw failure;
        },
      });
      registries.for('a');
      expect((await registries.reload('a')).errors).to.deep.equal([failure]);
      registries.for('a');
      const report = await registries.offboard('a');
      expect(report.errors).to.deep.equal([failure]);
      expect(report.steps.find(({step}) => step === 'dispose')!.errors).to.deep.equal([failure]);
      registries.for('b');
      expect((await registries.shutdown()).errors).to.deep.equal([failure]);
    });
  });

  it('go to an object of functions that are named as the events; undefined counts as left out', () => {
    for (const observer of [undefined, null, 7, () => {}, {other() {}}, {built: 7}]) {
      expect(() => registries.observe(observer as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    }
    registries.observe({built: undefined, ended() {}});
    registries.for('a');
  });
});
