import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries, type OffboardingEvent} from '../../../lib/index';
import {deferred} from '../../support/deferred';
import {nextJob} from '../../support/live-classes';
import type {AnyModel} from '../../support/service';

const OLD = {database: 'acme_db'};
const NEW = {database: 'acme_db_2'};

describe('The settings of a tenant stay until the tenant has gone', () => {
  let registries: TenantRegistries;
  let sources: TenantDataSources;
  let Note: AnyModel;
  /** The databases that were opened; undefined for the default one. */
  let opened: unknown[];

  beforeEach(() => {
    registries = new TenantRegistries();
    opened = [];
    sources = new TenantDataSources({
      registries,
      create(_, settings) {
        opened.push(settings?.database);
        return {connector: 'memory'};
      },
    });
    Note = sources.route(new ModelBuilder({registries}).define('Note', {text: String}));
    registries.configure('acme', OLD);
  });
  afterEach(() => registries.dispose());

  const settings = () => registries.settings('acme');

  /** Work in flight that begins now, and first uses its database when it may go on. */
  function begin() {
    const [goOn, read] = [deferred<void>(), [] as unknown[]];
    const work = TenantContext.run('acme', async () => {
      registries.for('acme');
      await goOn.promise;
      read.push(settings());
      await Note.create({text: 'x'});
      read.push(TenantContext.run('acme', settings));
    });
    return {work, goOn: () => goOn.resolve(), read};
  }

  const ends: Record<string, () => Promise<unknown>> = {
    offboard: () => registries.offboard('acme'),
    'suspend and offboard': async () => {
      void registries.suspend('acme');
      await registries.offboard('acme', {onlySuspended: true});
    },
    'evict and offboard': async () => {
      registries.evict('acme');
      await registries.offboard('acme');
    },
    'reload and offboard': async () => {
      void registries.reload('acme');
      await registries.offboard('acme');
    },
    'offboard twice': async () => {
      void registries.offboard('acme');
      await registries.offboard('acme');
    },
    shutdown: () => registries.shutdown(),
    'offboard and shutdown': async () => {
      void registries.offboard('acme');
      await registries.shutdown();
    },
  };
  for (const [verb, end] of Object.entries(ends)) {
    it(`for work in flight that opens its datasource after ${verb} has begun`, async () => {
      const {work, goOn, read} = begin();
      const ending = end();
      await nextJob();
      expect(settings()).to.deep.equal(OLD);
      goOn();
      await work;
      await ending;
      expect(opened).to.deep.equal(['acme_db']);
      expect(read).to.deep.equal([OLD, OLD]);
      await nextJob();
      expect(settings()).to.equal(undefined);
    });
  }

  it('for the hooks, which also get them as a part of the event', async () => {
    const seen: unknown[] = [];
    const hook = async (event: OffboardingEvent) => seen.push(event.settings, settings());
    registries.beforeOffboard(async event => {
      await hook(event);
      await Note.create({text: 'the last one'});
    });
    registries.onOffboard(hook);
    registries.for('acme');
    await registries.offboard('acme');
    expect(opened).to.deep.equal(['acme_db']);
    expect(seen).to.deep.equal([OLD, OLD, OLD, OLD]);
    expect(settings()).to.equal(undefined);
  });

  it('for hooks that fail, and for their retry', async () => {
    const seen: unknown[] = [];
    const failures = [new Error('before'), new Error('after')];
    const hook = (event: OffboardingEvent) => {
      seen.push(event.settings, settings());
      const failure = failures.pop();
      if (failure) throw failure;
    };
    registries.beforeOffboard(hook);
    registries.onOffboard(hook);
    expect((await registries.offboard('acme')).hookErrors).to.have.lengthOf(2);
    expect(settings()).to.equal(undefined);
    expect((await registries.offboard('acme', {retry: true})).hookErrors).to.have.lengthOf(0);
    expect(seen).to.deep.equal(Array.from({length: 8}, () => OLD));
    expect(settings()).to.equal(undefined);
  });

  it('for work that is aborted at the deadline: it never opens the default database', async () => {
    const {work, goOn} = begin();
    const failed = work.catch((error: unknown) => error);
    await registries.offboard('acme', {drainTimeout: 0});
    goOn();
    expect(await failed).to.have.property('code', 'TENANT_OFFBOARDED');
    expect(opened).to.deep.equal([]);
  });

  it('for the old work of a tenant that was reinstated; new work gets the new settings, and keeps them', async () => {
    const {work, goOn, read} = begin();
    const events: unknown[] = [];
    registries.onOffboard(event => events.push(event.settings));
    const offboarding = registries.offboard('acme');
    registries.reinstate('acme');
    expect(settings()).to.equal(undefined);
    registries.configure('acme', NEW);
    await TenantContext.run('acme', async () => {
      expect(settings()).to.deep.equal(NEW);
      await Note.create({text: 'new'});
    });
    goOn();
    await work;
    expect(read).to.deep.equal([OLD, OLD]);
    await offboarding;
    expect(events).to.deep.equal([OLD]);
    expect(settings()).to.deep.equal(NEW);
    expect(opened[0]).to.equal('acme_db_2');
  });

  it('and do not count towards the limit of configured tenants after that', async () => {
    const few = new TenantRegistries({maxTombstones: 1});
    for (const tenant of ['a', 'b', 'c']) {
      few.configure(tenant, OLD);
      await few.offboard(tenant);
    }
    await few.dispose();
  });
});
