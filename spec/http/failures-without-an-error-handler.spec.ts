import type {IncomingMessage} from 'node:http';
import {expect} from 'chai';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';

describe('On plain node:http, where no error handler hears of it,', () => {
  let registries: TenantRegistries;
  let service: Service;
  let warnings: string[];
  const note = ({message}: Error) => void warnings.push(message);

  beforeEach(() => {
    registries = new TenantRegistries();
    warnings = [];
    process.on('warning', note);
  });
  afterEach(() => {
    process.off('warning', note);
    return service.stop();
  });

  async function serve(options: Partial<TenantRequestsOptions>): Promise<void> {
    const tenant = ({headers}: IncomingMessage) => headers['x-tenant'] as string;
    const {listener} = tenantMiddleware({tenant, registries, ...options});
    service = await Service.start(listener((_, response) => response.end('served')));
  }

  const once = (failure: unknown) => {
    let failed = false;
    return async (): Promise<never> => {
      if (failed) return {} as never;
      failed = true;
      throw failure;
    };
  };

  for (const option of ['lookUp', 'prepare'] as const) {
    it(`a failure of ${option} is one warning, however many requests wait for it`, async () => {
      await serve({[option]: once(new Error('the database is away'))});
      const answers = await Promise.all([1, 2, 3].map(() => service.call('/', {tenant: 'acme'})));
      const refused = answers.filter(({status}) => status === 503);
      expect(refused).not.to.have.lengthOf(0);
      for (const answer of refused) {
        expect(answer.headers['retry-after']).to.equal('1');
        expect(answer.body.error).to.have.property('code', 'TENANT_UNAVAILABLE');
      }
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include('the database is away');
      expect(await service.call('/', {tenant: 'acme'})).to.include({status: 200});
    });
  }

  it('a failure of the strategy is a 500 without a reason, and a warning', async () => {
    const fail = once(new Error('the key is away'));
    await serve({tenant: async () => (await fail(), 'acme')});
    const answer = await service.call('/');
    expect(answer).to.include({status: 500});
    expect(answer.body).to.deep.equal({error: {statusCode: 500, message: 'Internal Server Error'}});
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.include('the key is away');
    expect(await service.call('/')).to.include({status: 200});
  });

  it('a refusal that is the client’s fault is no warning', async () => {
    await serve({lookUp: () => undefined});
    for (const tenant of [undefined, '../acme', 'acme']) await service.call('/', {tenant});
    expect(warnings).to.deep.equal([]);
  });
});
