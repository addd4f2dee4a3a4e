import {expect} from 'chai';
import type {TenantRegistries} from '../../../lib/index';
import type {FakeClock} from '../../support/fake-clock';
import {loggedRegistries} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource} from '../../support/service';

const DRAIN = 20;

describe('Operations in flight at the deadline of a drain', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  beforeEach(() => {
    ({clock, registries} = loggedRegistries());
  });

  /** Begins an operation that a hook never lets go on. @returns the codes of the errors that it is answered by */
  async function begin(): Promise<unknown[]> {
    const Customer = tenantDataSource(registries, 'acme').createModel('Customer', {name: String});
    Customer.observe('access', () => new Promise(() => {}));
    const answers: unknown[] = [];
    Customer.find().then(
      () => answers.push('rows'),
      (error: {code?: string}) => answers.push(error.code),
    );
    await nextJob();
    return answers;
  }

  it('have been answered by the error when the before-hooks of an offboarding run', async () => {
    const answers = await begin();
    const registry = registries.for('acme');
    const seen: unknown[] = [];
    registries.beforeOffboard(async () => {
      await nextJob();
      seen.push([...answers], registry.disposed);
    });
    const running = registries.offboard('acme', {drainTimeout: DRAIN});
    await clock.pass(DRAIN - 1);
    expect(answers).to.deep.equal([]);
    await clock.pass(1);
    expect(await running).to.include({operationsForced: 1});
    expect(seen).to.deep.equal([['TENANT_OFFBOARDED'], false]);
    expect(answers).to.deep.equal(['TENANT_OFFBOARDED']);
  });

  it('have been answered by the error when a before-hook runs in an offboarding that a shutdown cuts short', async () => {
    const answers = await begin();
    const seen: unknown[] = [];
    registries.beforeOffboard(async () => {
      await nextJob();
      seen.push(...answers);
    });
    const offboarding = registries.offboard('acme', {drainTimeout: Infinity});
    const shutdown = registries.shutdown({drainTimeout: DRAIN});
    await clock.pass(DRAIN);
    await Promise.all([offboarding, shutdown]);
    expect(seen).to.deep.equal(['TENANT_OFFBOARDED']);
  });
});
