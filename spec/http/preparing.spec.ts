import type {ServerResponse} from 'node:http';
import {expect} from 'chai';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';
import {until} from '../support/settling';

describe('The preparation of a tenant before its first request', () => {
  let registries: TenantRegistries;
  let service: Service;
  let clock: FakeClock;
  let prepared: string[];

  beforeEach(() => {
    registries = new TenantRegistries();
    clock = new FakeClock();
    prepared = [];
  });
  afterEach(() => service.stop());

  async function serve(prepare: TenantRequestsOptions['prepare'], options: Partial<TenantRequestsOptions> = {}): Promise<void> {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, clock, prepare, ...options});
    service = await Service.start(listener((_, response) => response.end(Object.keys(registries.current().models).join())));
  }

  const call = (tenant: string) => service.call('/', {tenant});

  it('runs once for each registry that is built, in the tenant’s context, and requests wait for it', async () => {
    const builder = new ModelBuilder({registries});
    await serve(async (tenant, registry) => {
      prepared.push(tenant);
      await nextJob();
      expect([TenantContext.tenant, registries.current()]).to.deep.equal([tenant, registry]);
      builder.define(`ModelOf${tenant}`);
    });
    const answers = await Promise.all([call('acme'), call('acme'), call('globex')]);
    expect(answers.map(({text}) => text)).to.deep.equal(['ModelOfacme', 'ModelOfacme', 'ModelOfglobex']);
    expect(prepared).to.have.members(['acme', 'globex']);
    clock.setTimeout = () => expect.fail('what is ready is not waited for');
    expect(await call('acme')).to.include({text: 'ModelOfacme'});
    expect(prepared).to.have.lengthOf(2);

    clock = Object.assign(clock, {setTimeout: FakeClock.prototype.setTimeout});
    await registries.reload('acme');
    expect(await call('acme')).to.include({text: 'ModelOfacme'});
    expect(prepared).to.deep.equal(['acme', 'globex', 'acme']);
  });

  it('that fails gives 503 to all waiting requests, does not tell why, and runs again for the next request', async () => {
    const attempts: Deferred<void>[] = [];
    await serve(() => attempts[attempts.push(deferred<void>()) - 1].promise);
    const calls = [call('acme'), call('acme'), call('globex')];
    await until(() => registries.activeContexts('acme') === 3 && attempts.length === 2);
    attempts[0].reject(new Error('password of acme'));
    attempts[1].resolve();
    const [first, second, other] = await Promise.all(calls);
    for (const answer of [first, second]) {
      expect(answer.body.error).to.include({statusCode: 503, code: 'TENANT_UNAVAILABLE'});
      expect(answer.text).not.to.match(/acme|password/);
    }
    expect(other).to.include({status: 200});

    let isAnswered = false;
    const third = call('acme').finally(() => (isAnswered = true));
    await until(() => attempts.length === 3 || isAnswered);
    expect(attempts).to.have.lengthOf(3);
    attempts[2].resolve();
    expect(await third).to.include({status: 200});
  });

  it('that throws at once gives 503 too, and runs again for the next request', async () => {
    await serve(tenant => {
      if (prepared.push(tenant) === 1) throw new Error('broken');
    });
    expect(await call('acme')).to.include({status: 503});
    expect(await call('acme')).to.include({status: 200});
    expect(prepared).to.have.lengthOf(2);
  });

  it('is work in flight: an offboarding waits for it, and it may use the tenant until then', async () => {
    const ready = deferred<void>();
    const builder = new ModelBuilder({registries});
    await serve(async () => {
      prepared.push('acme');
      await ready.promise;
      builder.define('Late');
    });
    const first = call('acme');
    await until(() => prepared.length === 1);
    const offboarding = registries.offboard('acme');
    ready.resolve();
    expect(await first).to.include({status: 200, text: 'Late'});
    expect(await offboarding).to.include({leasesDrained: 2, leasesForced: 0});
  });

  it('may fail because the tenant is offboarded: then the answer is 410', async () => {
    await serve(tenant => registries.offboard(tenant, {drainTimeout: 0}).then(() => registries.for(tenant)));
    expect((await call('acme')).body.error).to.include({statusCode: 410, code: 'TENANT_OFFBOARDED'});
  });

  it('goes on for the other requests when the client of the first one disconnects', async () => {
    const ready = deferred<void>();
    await serve(() => ready.promise);
    const first = service.send('/', {tenant: 'acme'});
    first.on('error', () => {});
    await until(() => registries.activeContexts('acme') > 0);
    const second = call('acme');
    await until(() => registries.activeContexts('acme') === 3);
    first.destroy();
    await until(() => registries.activeContexts('acme') === 2);
    ready.resolve();
    expect(await second).to.include({status: 200});
  });

  it('does not start under memory pressure; tenants that are built are served', async () => {
    const pressure = {overloaded: false};
    await serve(tenant => prepared.push(tenant), {pressure, retryAfter: 1_001});
    expect(await call('acme')).to.include({status: 200});
    pressure.overloaded = true;
    expect(await call('acme')).to.include({status: 200});
    const answer = await call('globex');
    expect(answer.body.error).to.include({statusCode: 503, code: 'TENANT_UNAVAILABLE'});
    expect(answer.headers['retry-after']).to.equal('2');
    expect(registries.peek('globex')).to.equal(undefined);
    pressure.overloaded = false;
    expect(await call('globex')).to.include({status: 200});
    expect(prepared).to.deep.equal(['acme', 'globex']);
  });

  it('is not followed by the handler when the client has disconnected', async () => {
    const ready = deferred<void>();
    let served = 0;
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, clock, prepare: () => ready.promise});
    const serving = listener(() => served++);
    let response: ServerResponse | undefined;
    service = await Service.start((request, theirs) => {
      response = theirs;
      serving(request, theirs);
    });
    const request = service.send('/', {tenant: 'acme'});
    request.on('error', () => {});
    await until(() => registries.activeContexts('acme') === 2);
    request.destroy();
    await until(() => response!.destroyed);
    ready.resolve();
    await nextJob();
    expect([served, registries.activeContexts('acme')]).to.deep.equal([0, 0]);
  });
});
