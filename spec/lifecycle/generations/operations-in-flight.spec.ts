import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource, type AnyModel} from '../../support/service';

describe('An operation outside any context', () => {
  const ENDS: Readonly<Record<string, (registries: TenantRegistries) => unknown>> = {
    evict: registries => registries.evict('acme'),
    reload: registries => registries.reload('acme'),
    suspend: registries => registries.suspend('acme'),
    offboard: registries => registries.offboard('acme'),
    shutdown: registries => registries.shutdown(),
  };

  async function begun(registries: TenantRegistries): Promise<{Customer: AnyModel; answer: () => void}> {
    const Customer = tenantDataSource(registries, 'acme').createModel('Customer', {name: String});
    await Customer.create({name: 'x'});
    const waiting: (() => void)[] = [];
    Customer.observe('access', () => new Promise<void>(resolve => waiting.push(resolve)));
    return {Customer, answer: () => waiting.splice(0).forEach(go => go())};
  }

  for (const [verb, end] of Object.entries(ENDS)) {
    it(`goes on with the registry that it began with, where its tenant meets ${verb}`, async () => {
      const registries = new TenantRegistries();
      const {Customer, answer} = await begun(registries);
      const found = Customer.find();
      const called = new Promise((resolve, reject) => {
        Customer.findOne((error: Error | null, one: unknown) => (error ? reject(error) : resolve(one)));
      });
      await nextJob();
      await nextJob();
      const outcome = end(registries);
      answer();
      expect(await found).to.have.lengthOf(1);
      expect(await called).to.have.property('name', 'x');
      await outcome;
      expect(registries.stats().leaving).to.equal(0);
    });
  }

  it('builds nothing anew for its tenant', async () => {
    const registries = new TenantRegistries();
    const {Customer, answer} = await begun(registries);
    const found = Customer.find();
    await nextJob();
    await nextJob();
    registries.evict('acme');
    answer();
    await found;
    expect(registries.stats()).to.include({misses: 1, tenants: 0});
    expect(registries.for('acme').generation).to.equal(2);
  });
});
