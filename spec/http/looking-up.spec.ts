import {expect} from 'chai';
import {tenantMiddleware, type TenantLookUp} from '../../lib/express';
import {TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';

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

  it('has the settings that were found; they are looked for again when it is built anew', async () => {
    await serve(async tenant => ({database: `db of ${tenant}`, round: asked.length}));
    for (const round of [1, 1]) expect((await call('acme')).body).to.deep.equal({database: 'db of acme', round});
    await registries.reload('acme');
    expect((await call('acme')).body).to.deep.equal({database: 'db of acme', round: 2});
  });

  it('is looked up once for the requests that come at the same time', async () => {
    const answers: Deferred<object>[] = [];
    await serve(() => answers[answers.push(deferred<object>()) - 1].promise as Promise<Record<string, unknown>>);
    const calls = [call('acme'), call('acme'), call('acme')];
    while (answers.length === 0) await nextJob();
    for (let turn = 0; turn < 20; turn++) await nextJob();
    answers[0].resolve({round: 1});
    expect((await Promise.all(calls)).map(({status}) => status)).to.deep.equal([200, 200, 200]);
    expect(asked).to.deep.equal(['acme']);
  });

  it('may have been built by others meanwhile', async () => {
    await serve(async tenant => {
      registries.for(tenant);
      return {};
    });
    expect(await call('acme')).to.include({status: 200});
  });

  for (const nothing of [undefined, null]) {
    it(`is 404 where ${nothing} is found, and never built`, async () => {
      await serve(async () => nothing);
      expect((await call('acme')).body.error).to.include({statusCode: 404, code: 'TENANT_REFUSED'});
      expect(registries.stats().tenants).to.equal(0);
    });
  }

  it('is 410 where it has left, whatever is found', async () => {
    await serve(() => ({}));
    await registries.offboard('acme');
    expect(await call('acme')).to.include({status: 410});
  });

  it('is not looked up where its code is malformed', async () => {
    await serve(() => ({}));
    expect(await call("'; DROP TABLE")).to.include({status: 400});
    expect(asked).to.deep.equal([]);
  });

  it('that cannot be looked up fails by that very error, and is looked up anew by the next', async () => {
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
    expect(told).to.deep.equal([failure, undefined]);
  });
});
