import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {install, ModelBuilder, TenantContext, TenantRegistries, type EndReason, type Leak} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';
import {type AnyModel} from '../../support/service';
import {NESTED, NESTED_CLASSES} from '../../support/structures';

const ACME = 'acme';

/** Without the times. */
function summary(leaks: readonly Leak[]): object[] {
  return leaks.map(({endedAt, ...facts}) => {
    expect(endedAt).to.be.closeTo(Date.now(), 10_000);
    return {...facts, names: [...facts.names].sort()};
  });
}

/** A tenant with a model of NESTED_CLASSES classes, of which the caller keeps what it likes. */
function defined(registries: TenantRegistries): AnyModel {
  return lookedAt(new ModelBuilder({registries, tenant: ACME}).define('Customer', NESTED()));
}

describe('findLeaks()', () => {
  let before: number;
  let clock: FakeClock;
  let registries: TenantRegistries;
  let kept: unknown;
  beforeEach(async () => {
    kept = undefined;
    await nextJob();
    before = liveClasses();
    clock = new FakeClock();
    registries = new TenantRegistries({clock, max: 5, idleTtl: 1_000});
  });

  // contexts are counted for the whole process
  afterEach(() => expect(registries.activeContexts(ACME)).to.equal(0));

  const alive = () => liveClasses() - before;

  const evictions: Partial<Record<EndReason, () => unknown>> = {
    lru: () => {
      for (let i = 0; i < 5; i++) registries.for(`other-${i}`);
    },
    idle: () => {
      clock.passAtOnce(2_000);
    },
    memory: () => {
      registries.shed(1);
    },
  };
  const endings: Partial<Record<EndReason, () => unknown>> = {
    manual: () => registries.evict(ACME),
    reload: () => registries.reload(ACME),
    offboard: () => registries.offboard(ACME),
    shutdown: () => registries.shutdown(),
  };

  for (const [reason, end] of Object.entries({...evictions, ...endings})) {
    it(`${reason}: finds nothing where user code keeps nothing`, async () => {
      defined(registries);
      await nextJob();
      await end();
      await nextJob();
      expect(registries.findLeaks()).to.deep.equal([]);
      expect(alive()).to.equal(0);
      expect(registries.stats().endings).to.have.property(reason, 1);
    });
  }

  for (const [reason, end] of Object.entries(evictions)) {
    it(`${reason}: a kept class keeps its registry with all its classes, because the registry may come back`, async () => {
      kept = defined(registries);
      await nextJob();
      end();
      await nextJob();
      const [leak, ...others] = summary(registries.findLeaks());
      expect(others).to.deep.equal([]);
      expect(leak).to.deep.include({tenant: ACME, generation: 1, reason, registry: true, classes: NESTED_CLASSES});
      expect(alive()).to.equal(NESTED_CLASSES);
    });
  }

  for (const [reason, end] of Object.entries(endings)) {
    it(`${reason}: counts and names exactly the kept classes`, async () => {
      kept = defined(registries);
      await nextJob();
      await end();
      await nextJob();
      const leaks = registries.findLeaks();
      expect(summary(leaks)).to.deep.equal([
        {tenant: ACME, generation: 1, reason, registry: false, classes: 1, names: ['Customer']},
      ]);
      expect(leaks[0]).to.be.frozen;
      expect(leaks[0].names).to.be.frozen;
      expect(alive()).to.equal(1);
    });
  }

  describe('of a tenant that was offboarded, while user code keeps', () => {
    /** How many classes are listed, and how many live; undefined: nothing is listed. */
    const holds: Record<string, [keep: () => unknown, classes: number | undefined, alive: number]> = {
      'a class': [() => defined(registries), 1, 1],
      'an embedded class': [() => defined(registries).definition.properties.addr.type, 1, 1],
      'an instance': [() => new (defined(registries))({}), 1, 1],
      'a closure': [
        () => {
          const Customer = defined(registries);
          return () => Customer;
        },
        1,
        1,
      ],
      'the registry': [() => (defined(registries), registries.for(ACME)), 0, 0],
      'a builder': [
        () => {
          const builder = new ModelBuilder({registries, tenant: ACME});
          lookedAt(builder.define('Customer', NESTED()));
          return builder;
        },
        undefined,
        0,
      ],
      'a datasource': [
        () => {
          const dataSource = keepingDataSource(registries, ACME);
          lookedAt(dataSource.createModel('Customer', NESTED()));
          return dataSource;
        },
        undefined,
        0,
      ],
      'a context': [() => TenantContext.run(ACME, () => (defined(registries), TenantContext.current)), undefined, 0],
    };
    for (const [what, [keep, classes, living]] of Object.entries(holds)) {
      it(`${what}: ${classes === undefined ? 'nothing' : `${classes} classes`}`, async () => {
        kept = keep();
        await nextJob();
        await registries.offboard(ACME);
        await nextJob();
        const leaks = registries.findLeaks();
        expect(leaks.map(leak => leak.classes)).to.deep.equal(classes === undefined ? [] : [classes]);
        expect(alive()).to.equal(living);
        expect(kept).not.to.equal(undefined);
      });
    }
  });

  it('keeps nothing alive itself', async () => {
    for (const end of [() => registries.evict(ACME), () => registries.offboard(ACME)]) {
      kept = defined(registries);
      await nextJob();
      await end();
      await nextJob();
      for (let i = 0; i < 3; i++) expect(registries.findLeaks()).to.have.lengthOf(1);
      kept = undefined;
      await nextJob();
      expect(registries.findLeaks()).to.deep.equal([]);
      expect(alive()).to.equal(0);
    }
  });

  it('with collect: false also lists registries that are only not collected yet', () => {
    defined(registries);
    registries.evict(ACME);
    expect(registries.findLeaks({collect: false})).to.have.lengthOf(1);
  });

  it('lists each generation of which something is alive', async () => {
    const first = defined(registries);
    await registries.reload(ACME);
    const second = [defined(registries), new ModelBuilder({registries, tenant: ACME}).define('Order')];
    await registries.offboard(ACME);
    await nextJob();
    expect(summary(registries.findLeaks())).to.deep.equal([
      {tenant: ACME, generation: 1, reason: 'reload', registry: false, classes: 1, names: ['Customer']},
      {tenant: ACME, generation: 2, reason: 'offboard', registry: false, classes: 2, names: ['Customer', 'Order']},
    ]);
    expect([first, second]).to.have.lengthOf(2);
  });

  it('counts the classes of each generation by itself where an offboarding ends several', async () => {
    const first = defined(registries);
    const lease = registries.acquire(ACME);
    void registries.reload(ACME);
    const second = defined(registries);
    await registries.offboard(ACME, {drainTimeout: 0});
    await nextJob();
    expect(registries.findLeaks().map(({generation, classes}) => [generation, classes])).to.deep.equal([
      [1, 1],
      [2, 1],
    ]);
    lease.release();
    expect([first, second]).to.have.lengthOf(2);
  });

  it('does not list a registry that came back, and lists it once when it goes again', async () => {
    kept = defined(registries);
    registries.shed(1);
    const back = registries.for(ACME);
    expect(registries.findLeaks()).to.deep.equal([]);
    registries.shed(1);
    registries.for(ACME);
    registries.shed(1);
    expect(registries.findLeaks().map(({generation, reason}) => [generation, reason])).to.deep.equal([[1, 'memory']]);
    expect(back.generation).to.equal(1);
  });

  const leaves: Record<string, () => unknown> = {
    'is evicted': () => registries.evict(ACME),
    'is reloaded': () => registries.reload(ACME),
    'makes room': () => evictions.lru!(),
  };
  for (const [what, leave] of Object.entries(leaves)) {
    it(`does not list a registry that came back, is at work and ${what}, until that work has ended`, async () => {
      kept = defined(registries);
      registries.shed(1);
      const lease = registries.acquire(ACME);
      const left = leave();
      expect(registries.findLeaks()).to.deep.equal([]);
      lease.release();
      await left;
      expect(registries.findLeaks()).to.have.lengthOf(1);
    });
  }

  it('lists nothing of an offboarding whose hooks failed: its tombstone keeps no registry', async () => {
    registries.onOffboard(() => {
      throw new Error('failed');
    });
    const offboarded = () => {
      defined(registries);
      const lease = registries.acquire(ACME);
      const report = registries.offboard(ACME);
      lease.release();
      return report;
    };
    expect((await offboarded()).hookErrors).to.have.lengthOf(1);
    await nextJob();
    expect(registries.findLeaks()).to.deep.equal([]);
  });

  it('lists no suspended tenant that was evicted: a suspension keeps no registry alive', async () => {
    defined(registries);
    TenantContext.run(ACME, () => void registries.suspend(ACME));
    await nextJob();
    registries.evict(ACME);
    await nextJob();
    expect(registries.findLeaks()).to.deep.equal([]);
    expect(alive()).to.equal(0);
  });

  it('also counts the classes of stock builders after install()', async () => {
    const uninstall = install(juggler, {registries});
    try {
      const builder = new juggler.ModelBuilder();
      const define = () => TenantContext.run(ACME, () => lookedAt(builder.define('Customer', NESTED())));
      kept = define();
      await nextJob();
      registries.shed(1);
      await nextJob();
      expect(registries.findLeaks().map(({classes}) => classes)).to.deep.equal([NESTED_CLASSES]);
      expect(alive()).to.equal(NESTED_CLASSES);

      await registries.offboard(ACME);
      await nextJob();
      expect(registries.findLeaks().map(({reason, classes}) => [reason, classes])).to.deep.equal([['offboard', 1]]);
      expect(alive()).to.equal(1);
    } finally {
      uninstall();
    }
  });

  it('names the first 100 classes', async () => {
    const builder = new ModelBuilder({registries, tenant: ACME});
    kept = Array.from({length: 150}, (_, i) => builder.define(`Model${i}`));
    await registries.offboard(ACME);
    const [leak] = registries.findLeaks();
    expect([leak.classes, leak.names.length]).to.deep.equal([150, 100]);
  });

  it('remembers the 10,000 registries that were let go last', () => {
    const all = new TenantRegistries({max: 100_000});
    const held = Array.from({length: 10_001}, (_, i) => {
      const registry = all.for(`tenant-${i}`);
      all.evict(`tenant-${i}`);
      return registry;
    });
    const leaks = all.findLeaks({collect: false});
    expect(leaks).to.have.lengthOf(10_000);
    expect([leaks[0].tenant, leaks.at(-1)!.tenant]).to.deep.equal(['tenant-1', 'tenant-10000']);
    expect(held).to.have.lengthOf(10_001);
  });
});
