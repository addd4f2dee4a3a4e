import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {liveClasses, nextJob} from '../support/live-classes';
import type {AnyModel} from '../support/service';
import {NESTED} from '../support/structures';
import {keepingConnector} from '../support/keeping-connector';

const liveDataSources = () => queryObjects(DataSource, {format: 'count'});

describe('After offboarding, TenantDataSources and routed models that are still held', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  const sources = new TenantDataSources({registries, create: () => ({connector: keepingConnector()})});
  const Customer: AnyModel = sources.route(new ModelBuilder({registries}).define('Customer', {name: String}));
  const Order: AnyModel = sources.route(new ModelBuilder({registries}).define('Order', {total: Number}));
  Customer.hasMany(Order, {as: 'orders'});

  /** Timers that were started in the tenant's context, as a pool does. They outlive the tenant. */
  const timers: NodeJS.Timeout[] = [];
  after(() => timers.forEach(timer => clearInterval(timer)));
  async function use(tenant: string, own: boolean): Promise<void> {
    await TenantContext.run(tenant, async () => {
      if (own) (sources.get(tenant) as any).createModel('Own', NESTED());
      Customer.observe('loaded', async () => void timers.push(setInterval(() => {}, 60_000)));
      const customer = await Customer.create({name: 'x'});
      await customer.orders.create({total: 1});
      await Customer.find({include: 'orders'});
      if (own) await (sources.get(tenant) as any).models.Own.create({});
    });
    Customer.clearObservers('loaded');
  }

  it('keep no datasource and no class of the tenant alive', async () => {
    await use('first', true);
    await registries.offboard('first');
    await nextJob();
    const [classes, dataSources] = [liveClasses(), liveDataSources()];
    for (const tenant of ['a', 'b', 'c']) await use(tenant, true);
    await nextJob();
    expect(liveDataSources() - dataSources).to.equal(3);
    for (const tenant of ['a', 'b', 'c']) expect(await registries.offboard(tenant, {verify: true})).to.include({survivors: 0});
    await nextJob();
    expect(liveClasses() - classes).to.equal(0);
    expect(liveDataSources() - dataSources).to.equal(0);
    expect(timers).to.not.deep.equal([]);
  });

  it('keep no closed datasource alive, if the tenant has no models of its own on it', async () => {
    const dataSources = liveDataSources();
    await use('closed', false);
    await sources.close('closed');
    await nextJob();
    expect(liveDataSources() - dataSources).to.equal(0);
    await registries.offboard('closed');
  });

  it('are not kept alive themselves by a timer, once the registries are disposed', async () => {
    const before = liveClasses();
    async function useAndDispose(): Promise<void> {
      await using others = new TenantRegistries();
      const routing = new TenantDataSources({registries: others, create: () => ({connector: keepingConnector()})});
      const Note: AnyModel = routing.route(new ModelBuilder({registries: others}).define('Note', {text: String}));
      await TenantContext.run('acme', () => Note.create({text: 'x'}));
    }
    await useAndDispose();
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
  });
});
