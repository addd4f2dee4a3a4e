import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {tenantDataSource} from '../../support/service';
import {until} from '../../support/settling';

describe('The datasource of a tenant that is reloaded', () => {
  let registries: TenantRegistries;
  let sources: TenantDataSources;
  let created: unknown[];

  beforeEach(() => {
    created = [];
    registries = new TenantRegistries();
    sources = new TenantDataSources({
      registries,
      create: (tenant, settings) => {
        created.push([tenant, settings]);
        return {connector: 'memory', name: `${tenant}-${String(settings?.region)}`};
      },
    });
  });
  afterEach(() => registries.dispose());

  it('is made from the configured settings, and made anew from the new settings', async () => {
    registries.configure('acme', {region: 'eu'});
    const old = await sources.ensure('acme');
    await registries.reload('acme', {settings: {region: 'us'}});
    const next = await sources.ensure('acme');

    expect([old.name, next.name]).to.deep.equal(['acme-eu', 'acme-us']);
    expect(created).to.deep.equal([
      ['acme', {region: 'eu'}],
      ['acme', {region: 'us'}],
    ]);
    expect([old.connected, next.connected]).to.deep.equal([false, true]);
    expect(sources.stats()).to.deep.include({open: 1, created: 2, closed: {lru: 0, idle: 0, manual: 0, reload: 1, ended: 0}});
  });

  it('serves the work in flight and is closed with the last of it; new work gets a new datasource', async () => {
    let finish!: () => void;
    const gate = new Promise<void>(resolve => (finish = resolve));
    const work = TenantContext.run('acme', async () => {
      const before = await sources.ensure('acme');
      await gate;
      return [before, sources.get('acme')];
    });
    await until(() => sources.stats().open > 0);
    const reloading = registries.reload('acme');
    const next = await sources.ensure('acme');
    finish();
    const [before, after] = await work;
    await reloading;
    // it is being disconnected
    for (let turn = 0; turn < 50 && before.connected; turn++) await new Promise(setImmediate);

    expect(after).to.equal(before);
    expect(next).not.to.equal(before);
    expect([before.connected, next.connected]).to.deep.equal([false, true]);
  });

  it('of the next generation is not closed where the old generation had none', async () => {
    const lease = registries.acquire('acme');
    const reloading = registries.reload('acme');
    const next = await sources.ensure('acme');
    lease.release();
    expect((await reloading).ended).to.equal(true);
    expect(next.connected).to.equal(true);
    expect(sources.get('acme')).to.equal(next);
  });

  it('ends with its tenant, even if the tenant leaves before the reload is done', async () => {
    const lease = registries.acquire('acme');
    const old = await sources.ensure('acme');
    const reloading = registries.reload('acme');
    const next = await sources.ensure('acme');
    const report = await registries.offboard('acme', {drainTimeout: 0});
    lease.release();
    await reloading;
    expect(report).to.deep.include({dataSources: 2, errors: []});
    expect([old.connected, next.connected]).to.deep.equal([false, false]);
    expect(sources.stats()).to.include({open: 0});
  });

  it('stays open, with its listeners, if the application made it itself', async () => {
    const dataSource = tenantDataSource(registries, 'acme');
    const Old = dataSource.createModel('Customer', {name: String});
    let heard = 0;
    dataSource.on('heard', () => heard++);
    await registries.reload('acme');
    dataSource.emit('heard');
    expect(heard).to.equal(1);
    expect(dataSource.connected).to.equal(true);
    expect(() => new Old())
      .to.throw()
      .with.property('code', 'REGISTRY_DISPOSED');
    const Customer = dataSource.createModel('Customer', {name: String});
    expect(await Customer.create({name: 'x'})).to.have.property('id');
  });
});
