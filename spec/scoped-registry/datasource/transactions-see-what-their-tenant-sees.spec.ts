import {expect} from 'chai';
import {install, TenantContext, TenantRegistries} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {liveClasses} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';
import {NESTED} from '../../support/structures';

const installedJuggler = require('juggler-5');

describe('A transaction has the models that its tenant sees', () => {
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries();
  });
  const inTenant = <T>(work: () => T): T => TenantContext.run('acme', work);

  it('also the shared models, and none of another tenant', async () => {
    const dataSource = keepingDataSource(registries);
    const Shared = dataSource.createModel('Shared', {n: Number});
    TenantContext.run('globex', () => dataSource.createModel('Theirs'));
    await inTenant(async () => {
      dataSource.createModel('Own', NESTED());
      const transaction = dataSource.transaction();
      expect(transaction.origin).to.equal(dataSource);
      expect(Object.keys(transaction.models)).to.include.members(['Own', 'Shared']).and.not.include('Theirs');
      for (const name of ['Own', 'Shared']) await create(transaction.models[name]);
      expect(await Shared.count()).to.equal(0);
      await new Promise(done => transaction.exec(done));
      expect(await Shared.count()).to.equal(1);
      expect(await dataSource.models.Own.count()).to.equal(1);
    });
    expect(Object.keys(dataSource.transaction().models)).to.deep.equal(['Shared']);
    // the shared model is whole after the tenant has left
    expect(await registries.offboard('acme')).to.deep.include({errors: []});
    expect(Shared.relations).to.deep.equal({});
    expect(await Shared.create({n: 1})).to.have.property('n', 1);
  });

  it('those of the tenant that began it, also outside of its context, until the tenant is offboarded', async () => {
    const dataSource = keepingDataSource(registries);
    dataSource.createModel('Shared');
    const transaction = inTenant(() => {
      dataSource.createModel('Own', NESTED());
      return dataSource.transaction();
    });
    expect(transaction.models.Own.modelName).to.equal('Own');
    await registries.offboard('acme');
    expect(Object.keys(transaction.models)).to.deep.equal([]);
  });

  it('if it is passed to a function or to a callback', async () => {
    const dataSource = keepingDataSource(registries, 'acme');
    dataSource.createModel('Own', NESTED());
    await dataSource.transaction((models: any) => create(models.Own));
    const transaction: any = await new Promise((resolve, reject) =>
      dataSource.transaction(undefined, (error: Error | null, begun: unknown) => (error ? reject(error) : resolve(begun))),
    );
    expect(transaction.origin).to.equal(dataSource);
    await create(transaction.models.Own);
    await new Promise(done => transaction.commit(done));
    expect(await dataSource.models.Own.count()).to.equal(2);
  });

  it('if it is returned by a promise, for a database with transactions', async () => {
    const dataSource = keepingDataSource(registries);
    dataSource.createModel('Shared');
    const calls: string[] = [];
    Object.assign(dataSource.connector, {
      transaction: undefined,
      beginTransaction: (_level: unknown, done: (error: null, connection: object) => void) => done(null, {}),
      commit: (_connection: unknown, done: () => void) => (calls.push('commit'), done()),
    });
    const transaction: any = await inTenant(() => dataSource.transaction());
    expect(transaction.origin).to.equal(dataSource);
    expect(Object.keys(transaction.models)).to.deep.equal(['Shared']);
    await transaction.commit();
    expect(calls).to.deep.equal(['commit']);
  });

  it('and a model that it defines itself, which is dropped with the tenant', async () => {
    const before = liveClasses();
    const transaction = (() => {
      const begun = keepingDataSource(registries, 'acme').transaction();
      lookedAt(begun.createModel('Temporary', NESTED()));
      expect(Object.keys(begun.models)).to.include('Temporary');
      return begun;
    })();
    expect(registries.for('acme').findByName('Temporary')).to.equal(undefined);
    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    expect(Object.keys(transaction.models)).to.deep.equal([]);
  });

  describe('after install(), on a datasource without options', () => {
    let uninstall: () => void;
    beforeEach(() => {
      uninstall = install(installedJuggler, {registries});
    });
    afterEach(() => uninstall());

    it('also after the first use of one of its models', async () => {
      const dataSource = new installedJuggler.DataSource({connector: 'memory'});
      dataSource.createModel('Outside', {});
      await inTenant(async () => {
        dataSource.createModel('Own', NESTED());
        dataSource.createModel('Other', {});
        const transaction = dataSource.transaction();
        await create(transaction.models.Own);
        expect(Object.keys(transaction.models)).to.include.members(['Own', 'Other', 'Outside']);
        expect(transaction.modelBuilder.models).to.equal(transaction.models);
        for (const name of ['Other', 'Outside']) await create(transaction.models[name]);
        await new Promise(done => transaction.exec(done));
        for (const name of ['Own', 'Other', 'Outside']) expect(await dataSource.getModel(name).count(), name).to.equal(1);
      });
      expect(await registries.offboard('acme', {verify: true})).to.deep.include({errors: [], survivors: 0});
    });
  });
});

/** By callback: in a transaction an operation is answered only when that is over. */
async function create(Model: any): Promise<void> {
  Model.create({}, () => {});
  await new Promise(resolve => setImmediate(resolve));
}
