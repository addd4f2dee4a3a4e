import {expect} from 'chai';
import {install, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {NESTED} from '../support/structures';
import {keepingConnector} from '../support/keeping-connector';

const juggler = require('juggler-6');

describe('A datasource that was made before install() takes part from its first use on', () => {
  let registries: TenantRegistries;
  let dataSource: any;
  let Own: any;
  let uninstall: () => void;

  beforeEach(async () => {
    registries = new TenantRegistries();
    dataSource = new juggler.DataSource({connector: keepingConnector()});
    Own = dataSource.createModel('Own', NESTED());
    await Own.create({});
    await nextJob();
    uninstall = install(juggler, {registries});
  });
  afterEach(() => uninstall());

  const inTenant = <T>(work: () => T): T => TenantContext.run('acme', work);
  const otherBuilder = () => new juggler.ModelBuilder({registries, tenant: 'acme'});

  const FIRST: Record<string, () => unknown> = {
    createModel: () => lookedAt(dataSource.createModel('Customer', NESTED())),
    define: () => lookedAt(dataSource.define('Customer', NESTED())),
    attach: () => lookedAt(dataSource.attach(otherBuilder().define('Customer', NESTED()))),
    'an operation': () => Own.find(),
    ready: () => dataSource.ready(dataSource, Object.assign([() => {}], {callee: () => {}})),
    copyModel: () => dataSource.copyModel(Own),
  };
  it('also through a transaction that began before', async () => {
    uninstall();
    const transaction = dataSource.transaction();
    uninstall = install(juggler, {registries});
    inTenant(() => transaction.models.Own.create({}, () => {}));
    await new Promise(done => transaction.exec(done));
    inTenant(() => expect(transaction.modelBuilder.models).to.equal(transaction.models));
    expect(await Own.count()).to.equal(2);
  });

  for (const [use, first] of Object.entries(FIRST)) {
    it(`through ${use}: a tenant’s models belong to the tenant and are dropped with it`, async () => {
      const before = liveClasses(juggler);
      // a class in a variable of this function would be alive
      const work = async () => {
        await inTenant(first);
        await inTenant(() => dataSource.createModel('Order', NESTED()).create({addr: {street: 'x'}}));
      };
      await work();
      inTenant(() => expect(dataSource.models).to.have.property('Order'));
      inTenant(() => expect(dataSource.connector._models).to.have.property('Order'));
      expect(dataSource.models).not.to.have.any.keys('Customer', 'Order');
      expect(Object.keys(dataSource.connector._models)).to.deep.equal(['Own']);
      TenantContext.run('globex', () => expect(dataSource.models).not.to.have.property('Order'));
      expect(await registries.offboard('acme', {verify: true})).to.deep.include({survivors: 0, errors: []});
      expect(liveClasses(juggler) - before).to.equal(0);
      // and what was made before is there, with its rows
      expect(dataSource.models.Own).to.equal(Own);
      expect(await Own.count()).to.equal(1);
      expect(await TenantContext.run('globex', () => Own.count())).to.equal(1);
    });
  }
});
