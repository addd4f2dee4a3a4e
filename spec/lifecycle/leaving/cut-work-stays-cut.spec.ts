import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';

describe('Work that was cut at a deadline', () => {
  it('does not go on with the next registry, though its tenant was reinstated', async () => {
    const registries = new TenantRegistries();
    const lease = registries.acquire('acme');
    await registries.offboard('acme', {drainTimeout: 0});
    registries.reinstate('acme');
    for (const use of [() => registries.for('acme'), () => TenantContext.run('acme', () => registries.current())]) {
      expect(() => lease.run(use))
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    }
    expect(registries.for('acme').generation).to.equal(2);
    lease.release();
    expect(lease.run(() => registries.for('acme')).generation).to.equal(2);
  });
});
