import {expect} from 'chai';
import {tenantMiddleware, type TenantLookUp} from '../../lib/express';
import {
  TenantContext,
  TenantDataSources,
  TenantRegistries,
  type TenantRegistriesOptions,
  type TenantSettings,
} from '../../lib/index';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';

describe('Settings that were looked up', () => {
  let service: Service | undefined;
  let registries: TenantRegistries;
  let asked: string[];

  beforeEach(() => (asked = []));
  afterEach(() => service?.stop());

  /** Serves the settings that the handler sees. */
  async function serve(
    options: TenantRegistriesOptions = {},
    lookUp: TenantLookUp = tenant => ({db: tenant, round: asked.length}),
  ): Promise<void> {
    registries = new TenantRegistries(options);
    const {listener} = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      async lookUp(tenant) {
        asked.push(tenant);
        return lookUp(tenant);
      },
    });
    service = await Service.start(
      listener((_, response) => response.end(JSON.stringify(registries.settings(TenantContext.tenant!) ?? 'none'))),
    );
  }

  const call = async (tenant: string): Promise<unknown> => (await service!.call('/', {tenant})).body;

  it('go with the registry of their tenant: any number of tenants may come and go', async () => {
    await serve({max: 3, maxTombstones: 2});
    for (let number = 0; number < 20; number++)
      expect(await call(`t${number}`)).to.deep.equal({db: `t${number}`, round: number + 1});
    await nextJob();
    collectGarbage();
    expect(registries.stats().tenants).to.equal(3);
    for (let number = 0; number < 17; number++) expect(registries.settings(`t${number}`), `t${number}`).to.equal(undefined);
    for (let number = 17; number < 20; number++) expect(registries.settings(`t${number}`)).to.include({db: `t${number}`});
  });

  it('come back with a registry that was evicted and that user code has kept alive', async () => {
    await serve({max: 1});
    await call('acme');
    const kept = registries.peek('acme');
    await call('globex');
    expect(registries.stats().tenants).to.equal(1);
    expect(await call('acme')).to.deep.equal({db: 'acme', round: 1});
    expect(registries.peek('acme')).to.equal(kept);
    expect(asked).to.deep.equal(['acme', 'globex']);
  });

  it('are there for an observer of the build, for isTenant, and for the datasource that is made', async () => {
    const seen: unknown[] = [];
    await serve({isTenant: tenant => seen.push(registries.settings(tenant)) > 0});
    registries.observe({built: ({tenant}) => void seen.push(registries.settings(tenant))});
    await call('acme');
    expect(seen).to.deep.equal(Array(2).fill({db: 'acme', round: 1}));
    const sources = new TenantDataSources({
      registries,
      create(_, settings) {
        seen.push(settings);
        return {connector: 'memory'};
      },
    });
    sources.get('acme');
    expect(seen.at(-1)).to.deep.equal({db: 'acme', round: 1});
    await registries.dispose();
  });

  it('stay those of the work in flight when the tenant is reloaded and looked up again', async () => {
    await serve();
    await call('acme');
    const lease = registries.acquire('acme');
    const reloading = registries.reload('acme');
    expect(await call('acme')).to.deep.equal({db: 'acme', round: 2});
    expect(lease.run(() => registries.settings('acme'))).to.include({round: 1});
    expect(registries.settings('acme')).to.include({round: 2});
    lease.release();
    await reloading;
  });

  it('replace those that the tenant was configured with, and are replaced by configure and reload', async () => {
    await serve({max: 1});
    registries.configure('acme', {by: 'hand'});
    expect(await call('acme')).to.deep.equal({db: 'acme', round: 1});
    const kept = registries.peek('acme');
    registries.for('other');
    registries.configure('acme', {by: 'hand again'});
    expect(registries.for('acme')).to.equal(kept);
    expect(registries.settings('acme')).to.deep.equal({by: 'hand again'});
    await registries.reload('acme', {settings: {by: 'reload'}});
    expect(TenantContext.run('acme', () => (registries.current(), registries.settings('acme')))).to.deep.equal({by: 'reload'});
  });

  it('are what the hooks of an offboarding get, also while an older generation still works', async () => {
    await serve();
    const seen: (TenantSettings | undefined)[] = [];
    registries.onOffboard(({settings}) => void seen.push(settings));
    await call('acme');
    await registries.offboard('acme');
    await call('globex');
    const lease = registries.acquire('globex');
    const reloading = registries.reload('globex');
    const offboarding = registries.offboard('globex');
    expect(lease.run(() => registries.settings('globex'))).to.deep.equal({db: 'globex', round: 2});
    lease.release();
    await Promise.all([reloading, offboarding]);
    expect(seen).to.deep.equal([
      {db: 'acme', round: 1},
      {db: 'globex', round: 2},
    ]);
    expect(registries.settings('globex')).to.equal(undefined);
  });

  it('leave those alone that user code configures while the registry is built', async () => {
    await serve();
    registries.observe({built: () => void setConfigured()});
    const setConfigured = () => {
      registries.evict('acme');
      registries.configure('acme', {by: 'an observer'});
    };
    await call('acme');
    expect(registries.settings('acme')).to.deep.equal({by: 'an observer'});
  });

  for (const wrong of [false, 0, '', 'x', 42]) {
    it(`are an object: ${JSON.stringify(wrong)} builds no tenant`, async () => {
      await serve({}, () => wrong as never);
      const {status} = await service!.call('/', {tenant: 'acme'});
      expect([status, registries.stats().tenants]).to.deep.equal([500, 0]);
    });
  }
});
