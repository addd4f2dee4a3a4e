import {expect} from 'chai';
import {DataSource, TenantContext, TenantRegistries} from '../../../lib/index';
import {codeOf} from '../../support/life-log';
import {keepingConnector} from '../../support/keeping-connector';

/** Everything that a process can hold of a tenant. */
const HELD: Record<string, (registries: TenantRegistries) => unknown> = {
  'a registry': registries => registries.for('acme'),
  'an evicted registry of which a class is in use': registries => {
    const dataSource: any = new DataSource({connector: keepingConnector(), modelRegistry: {registry: registries.for('acme')}});
    const Customer = dataSource.createModel('Customer', {});
    registries.evict('acme');
    return Customer;
  },
  settings: registries => registries.configure('acme', {database: 'acme_db'}),
  'a suspension': registries => void registries.suspend('acme'),
  'a context': () => void TenantContext.run('acme', () => new Promise(resolve => setImmediate(resolve))),
  'a lease': registries => setImmediate(lease => lease.release(), registries.acquire('acme')),
};

describe('The offboarding of a tenant', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));

  it('of which the process holds nothing says so, and claims no survivors', async () => {
    registries.for('acme');
    const report = await registries.offboard('Acme', {verify: true});
    expect(report).to.include({tenant: 'Acme', found: false, models: 0});
    expect(report).not.to.have.property('survivors');
    expect(registries.state('acme')).to.equal('active');
  });

  it('of which the process holds nothing refuses the tenant from then on: it may live in other processes', async () => {
    await registries.offboard('acme');
    expect(codeOf(() => registries.for('acme'))).to.equal('TENANT_OFFBOARDED');
  });

  it('that must exist and does not is an error, and changes nothing', () => {
    expect(codeOf(() => registries.offboard('Acme', {mustExist: true}))).to.equal('TENANT_NOT_FOUND');
    expect(registries.state('Acme')).to.equal('unbuilt');
    expect(registries.stats()).to.include({tombstones: 0, offboarded: 0});
  });

  for (const [what, hold] of Object.entries(HELD)) {
    it(`finds ${what}`, async () => {
      const held = hold(registries);
      const report = await registries.offboard('acme', {mustExist: true, verify: true});
      expect(report).to.include({found: true}).and.to.have.property('survivors');
      void held;
    });
  }

  it('finds nothing of a tenant that was offboarded and reinstated since', async () => {
    registries.for('acme');
    await registries.offboard('acme');
    registries.reinstate('acme');
    expect(await registries.offboard('acme')).to.include({found: false});
  });
});
