import {expect} from 'chai';
import fc from 'fast-check';
import {ScopedRegistryError, TenantContext, TenantRegistries} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import {liveClasses} from '../support/live-classes';
import {isLong} from '../support/long-form';
import {keepingDataSource} from '../support/keeping-connector';
import {SHOP_CLASSES, useShop, type AnyDataSource} from '../support/service';

const TENANTS = Array.from({length: 12}, (_, index) => `tenant-${index}`);

describe('Production load, simulated', () => {
  it('requests of many tenants, with evictions, offboardings and reinstatements in between: in the end exactly the living tenants’ classes live', async function () {
    if (isLong) this.timeout(300_000);
    const action = fc.oneof(
      {weight: 6, arbitrary: fc.constant('request' as const)},
      {weight: 2, arbitrary: fc.constant('evict' as const)},
      {weight: 1, arbitrary: fc.constant('offboard' as const)},
      {weight: 1, arbitrary: fc.constant('reinstate' as const)},
    );
    const load = fc.array(fc.record({tenant: fc.constantFrom(...TENANTS), action}), {minLength: 60, maxLength: 120});
    await assertProperty(
      fc.asyncProperty(load, async steps => {
        const before = liveClasses();
        const registries = new TenantRegistries({max: 6});
        const dataSource = keepingDataSource(registries);
        const requests: Promise<void>[] = [];
        for (const {tenant, action} of steps) {
          if (action === 'request') requests.push(request(dataSource, tenant));
          else if (action === 'offboard') requests.push(registries.offboard(tenant).then(() => {}));
          else registries[action](tenant);
          if (requests.length % 5 === 0) await new Promise(setImmediate);
        }
        await Promise.all(requests);
        requests.length = 0;
        await new Promise(setImmediate);

        const living = TENANTS.filter(tenant => registries.peek(tenant));
        await new Promise(setImmediate);
        const classes = liveClasses() - before;
        const held = TENANTS.map(tenant => registries.peek(tenant)?.size ?? 0).reduce((sum, size) => sum + size, 0);
        expect(registries.stats().tenants).to.be.at.most(6);
        expect(living.length).to.be.at.least(registries.stats().tenants);
        expect(classes).to.equal(held);
        expect(held).to.be.at.most(living.length * SHOP_CLASSES);
        await registries.dispose();
        await new Promise(setImmediate);
        expect(liveClasses() - before).to.equal(0);
      }),
      8,
      {endOnFailure: true},
    );
  });

  /** A request as services make them. What it may meet is a tenant that has left: an error with its code. */
  async function request(dataSource: AnyDataSource, tenant: string): Promise<void> {
    try {
      await TenantContext.run(tenant, useShop, dataSource);
    } catch (error) {
      if (!(error instanceof ScopedRegistryError)) throw error;
      expect(error).to.include({code: 'TENANT_OFFBOARDED', tenant});
    }
  }
});
