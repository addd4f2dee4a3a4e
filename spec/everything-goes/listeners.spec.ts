import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {NESTED} from '../support/structures';

describe('After offboarding, listeners keep no class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  it('on the tenant’s datasource', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries, 'acme');
    (() => {
      const Customer = lookedAt(dataSource.createModel('Customer', NESTED()));
      dataSource.on('connected', () => Customer);
      dataSource.on('log', () => Customer);
    })();

    await registries.offboard('acme', {verify: true});

    // the library's two, for a connection that comes late: nothing of the user's or of juggler's
    expect(dataSource.eventNames()).to.deep.equal(['error', 'connected']);
    expect(['error', 'connected'].map(event => dataSource.listenerCount(event))).to.deep.equal([1, 1]);
    expect(liveClasses() - before).to.equal(0);
  });

  it('on the tenant’s models, nor do hooks and validations, if user code holds functions of these models', async () => {
    const before = liveClasses();
    const functions: unknown[] = [];
    (() => {
      const Customer = lookedAt(keepingDataSource(registries, 'globex').createModel('Customer', NESTED()));
      const on = Customer.on;
      functions.push(on, Customer.emit, Customer.removeListener);
      Customer.on('changed', () => Customer);
      Customer.observe('before save', async () => Customer);
      Customer.validate('addr', () => Customer, {message: 'never'});
    })();

    const report = await registries.offboard('globex', {verify: true});

    expect(report.survivors).to.equal(0);
    expect(liveClasses() - before).to.equal(0);
    expect(functions).to.have.lengthOf(3);
  });
});
