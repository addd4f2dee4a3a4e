import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('Transactions', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  it('leave no class in memory when they are over', async () => {
    const dataSource = keepingDataSource(registries, 'acme');
    lookedAt(dataSource.createModel('Customer', NESTED()));
    const before = liveClasses();
    const transact = async () => {
      const transaction = dataSource.transaction();
      transaction.models.Customer.create({addr: {street: 'x'}}, () => {});
      await new Promise(done => transaction.exec(done));
    };
    for (let round = 0; round < 20; round++) await transact();

    expect(await dataSource.models.Customer.count()).to.equal(20);
    expect(liveClasses() - before).to.equal(0);
  });

  it('that are still open when their tenant is offboarded keep no class alive', async () => {
    const before = liveClasses();
    const transaction = (() => {
      // an operation of a transaction waits so long for a connector; the offboarding waits for the operation
      const dataSource = keepingDataSource(registries, 'open', {connectionTimeout: 200});
      dataSource.createModel('Customer', NESTED());
      const opened = dataSource.transaction();
      opened.models.Customer.create({addr: {street: 'x'}}, () => {});
      return opened;
    })();
    expect(liveClasses() - before).to.be.at.least(NESTED_CLASSES + 1);

    const report = await registries.offboard('open', {verify: true});

    expect(report).to.deep.include({survivors: 0, errors: []});
    expect(liveClasses() - before).to.equal(0);
    expect(transaction.isTransaction).to.equal(true);
  });

  it('that outlive their tenant throw for every model, also for one that was not used yet', async () => {
    const ofOne = keepingDataSource(registries, 'outlived');
    const following = keepingDataSource(registries);
    const transactions = [ofOne, following].map(dataSource =>
      TenantContext.run('outlived', () => {
        dataSource.createModel('Customer', {name: String});
        return dataSource.transaction();
      }),
    );
    await registries.offboard('outlived');
    for (const transaction of transactions) {
      expect(() => transaction.models.Customer)
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    }
  });
});
