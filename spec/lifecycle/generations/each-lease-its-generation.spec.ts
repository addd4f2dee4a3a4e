import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';

describe('Each lease gets the generation that it began with', () => {
  const generationOf = (registries: TenantRegistries, lease: ReturnType<TenantRegistries['acquire']>) =>
    lease.run(() => registries.for('acme').generation);

  it('while a reload, a second one and then the offboarding wait for all of them', async () => {
    const registries = new TenantRegistries();
    const leases = [registries.acquire('acme')];
    const reports: Promise<unknown>[] = [registries.reload('acme')];
    leases.push(registries.acquire('acme'));
    reports.push(registries.reload('acme'));
    leases.push(registries.acquire('acme'));
    reports.push(registries.offboard('acme'));
    expect(leases.map(lease => generationOf(registries, lease))).to.deep.equal([1, 2, 3]);
    for (const lease of leases) lease.release();
    await Promise.all(reports);
  });

  it('while two offboardings wait, with a reinstatement between them', async () => {
    const registries = new TenantRegistries();
    const first = registries.acquire('acme');
    const reports = [registries.offboard('acme')];
    registries.reinstate('acme');
    const second = registries.acquire('acme');
    reports.push(registries.offboard('acme'));
    expect([first, second].map(lease => generationOf(registries, lease))).to.deep.equal([1, 2]);
    // the first one still waits
    await new Promise(setImmediate);
    expect(first.registry.disposed).to.equal(false);
    second.release();
    first.release();
    expect((await Promise.all(reports)).map(({generation}) => generation)).to.deep.equal([1, 2]);
  });
});
