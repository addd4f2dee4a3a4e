import {expect} from 'chai';
import {tenantMiddleware, type TenantLookUp} from '../../lib/express';
import {TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import {Service, type Answer} from '../support/http';
import {nextJob} from '../support/live-classes';
import {until} from '../support/settling';

describe('A tenant that is looked up before it is built', () => {
  let registries: TenantRegistries;
  let service: Service;
  let asked: string[];

  beforeEach(() => {
    registries = new TenantRegistries();
    asked = [];
  });
  afterEach(() => service.stop());

  async function serve(lookUp: TenantLookUp): Promise<void> {
    const {listener} = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      lookUp(tenant) {
        asked.push(tenant);
        return lookUp(tenant);
      },
    });
    service = await Service.start(listener((_, response) => response.end(JSON.stringify(registries.settings('acme')))));
  }

  const call = (tenant: string) => service.call('/', {tenant});

  it('gets the settings that were found; it is looked up again when its registry is built again', async () => {
    await serve(async tenant => ({database: `db of ${tenant}`, round: asked.length}));
    for (const round of [1, 1]) expect((await call('acme')).body).to.deep.equal({database: 'db of acme', round});
    await registries.reload('acme');
    expect((await call('acme')).body).to.deep.equal({database: 'db of acme', round: 2});
  });

  it('is looked up once for requests that arrive at the same time', async () => {
    const answers: Deferred<object>[] = [];
    await serve(() => answers[answers.push(deferred<object>()) - 1].promise as Promise<Record<string, unknown>>);
    const calls = [call('acme'), call('acme'), call('acme')];
    await until(() => answers.length > 0);
    for (let turn = 0; turn < 20; turn++) await nextJob();
    answers[0].resolve({round: 1});
    expect((await Promise.all(calls)).map(({status}) => status)).to.deep.equal([200, 200, 200]);
    expect(asked).to.deep.equal(['acme']);
  });

  it('may be built by other code during the look-up', async () => {
    await serve(async tenant => {
      registries.for(tenant);
      return {};
    });
    expect(await call('acme')).to.include({status: 200});
  });

  for (const nothing of [undefined, null]) {
    it(`is answered with 404 when the look-up returns ${nothing}, and is never built`, async () => {
      await serve(async () => nothing);
      expect((await call('acme')).body.error).to.include({statusCode: 404, code: 'TENANT_REFUSED'});
      expect(registries.stats().tenants).to.equal(0);
    });
  }

  it('is answered with 410 when it was offboarded or suspended, and is not looked up', async () => {
    await serve(() => ({}));
    await registries.offboard('acme');
    await registries.suspend('globex');
    for (const tenant of ['acme', 'globex', 'acme']) expect(await call(tenant)).to.include({status: 410});
    expect(asked).to.deep.equal([]);
    registries.reinstate('acme');
    expect(await call('acme')).to.include({status: 200});
    expect(asked).to.deep.equal(['acme']);
  });

  it('is not looked up while the process has no room for another one', async () => {
    const pressure = {overloaded: true};
    const {listener} = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      pressure,
      lookUp: tenant => void asked.push(tenant),
    });
    service = await Service.start(listener((_, response) => response.end()));
    expect(await call('acme')).to.include({status: 503});
    expect(asked).to.deep.equal([]);
  });

  it('is not looked up when its code is malformed', async () => {
    await serve(() => ({}));
    expect(await call("'; DROP TABLE")).to.include({status: 400});
    expect(asked).to.deep.equal([]);
  });

  it('is not available when the look-up fails, which is the cause, and is looked up again by the next request', async () => {
    const failure = new Error('the database is away');
    const tenants = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      lookUp: async tenant => {
        if (asked.push(tenant) === 1) throw failure;
        return {};
      },
    });
    const told: unknown[] = [];
    service = await Service.start((request, response) => {
      void tenants(request, response, error => {
        told.push(error);
        response.end();
      });
    });
    await call('acme');
    await call('acme');
    expect(told).to.have.lengthOf(2);
    expect(told[0]).to.include({status: 503, code: 'TENANT_UNAVAILABLE'}).and.to.have.nested.property('cause.cause', failure);
    expect(told[1]).to.equal(undefined);
  });

  it('fails when the look-up throws at once, and is looked up again by the next request', async () => {
    const tenants = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      lookUp(tenant) {
        if (asked.push(tenant) === 1) throw new Error('broken');
        return {};
      },
    });
    const told: unknown[] = [];
    service = await Service.start((request, response) => {
      void tenants(request, response, error => {
        told.push(error instanceof Error);
        response.end();
      });
    });
    await call('acme');
    await call('acme');
    expect(told).to.deep.equal([true, false]);
  });

  describe('for longer than lookUpTimeout', () => {
    const clock = new FakeClock();
    let answers: Deferred<Record<string, unknown>>[];

    beforeEach(async () => {
      answers = [];
      const {listener} = tenantMiddleware({
        tenant: {header: 'X-Tenant'},
        registries,
        clock,
        lookUpTimeout: 3_000,
        retryAfter: 2_000,
        lookUp: () => answers[answers.push(deferred()) - 1].promise,
      });
      service = await Service.start(listener((_, response) => response.end(JSON.stringify(registries.settings('acme')))));
    });

    /** Sends requests whose look-up has begun. */
    async function looking(count: number): Promise<Promise<Answer>[]> {
      const number = answers.length;
      const calls = Array.from({length: count}, () => call('acme'));
      await until(() => answers.length > number);
      for (let turn = 0; turn < 20; turn++) await nextJob();
      return calls;
    }

    it('is answered with 503 and Retry-After', async () => {
      const calls = await looking(3);
      clock.passAtOnce(3_000);
      for (const answer of await Promise.all(calls)) {
        expect(answer.body.error).to.include({statusCode: 503, code: 'TENANT_UNAVAILABLE'});
        expect(answer.headers['retry-after']).to.equal('2');
      }
      expect([answers.length, clock.pending, registries.stats().tenants]).to.deep.equal([1, 0, 0]);
    });

    for (const [what, settle] of Object.entries({
      'is found': ({resolve}: Deferred<Record<string, unknown>>) => resolve({round: 1}),
      'is not found': ({resolve}: Deferred<Record<string, unknown>>) => resolve(undefined as never),
      'gets an error': ({reject}: Deferred<Record<string, unknown>>) => reject(new Error('late')),
    }))
      it(`is looked up anew by the next request, whether or not it ${what} late`, async () => {
        const [first] = await looking(1);
        clock.passAtOnce(3_000);
        expect(await first).to.include({status: 503});
        const [second] = await looking(1);
        settle(answers[0]);
        for (let turn = 0; turn < 20; turn++) await nextJob();
        expect(registries.settings('acme')).to.equal(undefined);
        answers[1].resolve({round: 2});
        expect((await second).body).to.deep.equal({round: 2});
        expect(clock.pending).to.equal(0);
      });
  });
});
