import {expect} from 'chai';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import type {AnyModel} from '../../support/service';

describe('An operation of a routed model', () => {
  let registries: TenantRegistries;
  let Customer: AnyModel;
  beforeEach(() => {
    registries = new TenantRegistries();
    const sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
    const before = new DataSource({connector: 'memory', modelRegistry: {registries}}) as any;
    Customer = before.createModel('Customer', {name: String});
    sources.route(Customer);
  });
  afterEach(() => registries.dispose());

  it('is in flight once, for its tenant', async () => {
    const counts: number[][] = [];
    Customer.observe('access', async () => {
      counts.push([registries.for('acme').inFlight.size, registries.shared.inFlight.size]);
    });
    await TenantContext.run('acme', () => Customer.find());
    expect(counts).to.deep.equal([[1, 0]]);
    expect(registries.for('acme').inFlight.size).to.equal(0);
  });
});
