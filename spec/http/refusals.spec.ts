import {expect} from 'chai';
import {NoTenantError, TenantContext, TenantMismatchError, TenantRegistries, TenantUnavailableError} from '../../lib/index';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {Service} from '../support/http';

/** The handlers by path. */
const HANDLERS: Record<string, (registries: TenantRegistries) => unknown> = {
  '/': registries => registries.current(),
  '/unavailable': () => Promise.reject(new TenantUnavailableError(TenantContext.require(), new Error('password'), 2_500)),
  '/unavailable-globex': () => Promise.reject(new TenantUnavailableError('globex', new Error('password'))),
  '/mismatch': () => Promise.reject(new TenantMismatchError('This Customer', 'globex', 'acme')),
  '/gone-globex': registries => registries.for('globex'),
  '/shutdown': registries => registries.shutdown({drainTimeout: 0}).then(() => registries.current()),
  '/no-tenant': () => Promise.reject(new NoTenantError('A tenant is required here')),
};

describe('A request that is refused', () => {
  let registries: TenantRegistries;
  let service: Service;

  async function serve(options: Partial<TenantRequestsOptions> = {}): Promise<void> {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, ...options});
    service = await Service.start(
      listener(async ({url}, response) => {
        await HANDLERS[url!](registries);
        response.end(`served ${TenantContext.tenant}`);
      }),
    );
  }

  beforeEach(() => (registries = new TenantRegistries({isTenant: code => ['acme', 'globex'].includes(code)})));
  afterEach(() => service.stop());

  /** For some codes, the call that brings the tenant into the state to be refused. */
  const leaving: Record<string, () => unknown> = {
    TENANT_SUSPENDED: () => registries.suspend('acme'),
    TENANT_OFFBOARDED: () => registries.offboard('acme'),
    REGISTRIES_DISPOSED: () => registries.shutdown(),
  };
  const refusals: readonly (readonly [reason: string, status: number, code: string, tenant?: string | string[]])[] = [
    ['names no tenant', 400, 'NO_TENANT'],
    ['names a malformed tenant', 400, 'INVALID_TENANT_CODE', '../acme'],
    ['names two tenants', 400, 'INVALID_TENANT_CODE', ['acme', 'globex']],
    ['names a tenant without characters', 400, 'INVALID_TENANT_CODE', ''],
    ['names a tenant with too many characters', 400, 'INVALID_TENANT_CODE', 'a'.repeat(257)],
    ['names an unknown tenant', 404, 'TENANT_REFUSED', 'initech'],
    ['names a suspended tenant', 410, 'TENANT_SUSPENDED', 'acme'],
    ['names an offboarded tenant', 410, 'TENANT_OFFBOARDED', 'acme'],
    ['comes after the shutdown', 503, 'REGISTRIES_DISPOSED', 'acme'],
  ];
  for (const [reason, status, code, tenant] of refusals) {
    it(`because it ${reason} is answered with ${status} and the code, and the answer names no tenant`, async () => {
      await serve();
      void leaving[code]?.();
      const answer = await service.call('/', {tenant});
      expect(answer).to.include({status});
      expect(answer.headers['content-type']).to.match(/^application\/json/);
      expect(answer.headers['retry-after']).to.equal(status === 503 ? '1' : undefined);
      expect(answer.body.error).to.include({statusCode: status, code}).and.to.have.property('message').that.matches(/\.$/);
      expect(answer.text).not.to.match(/acme|globex|initech|registries|isTenant/);
      expect(registries.stats().tenants).to.equal(0);
    });

    it(`because it ${reason} is answered with the status that the option chooses`, async () => {
      await serve({status: {[code]: 418}});
      void leaving[code]?.();
      expect(await service.call('/', {tenant})).to.include({status: 418});
    });
  }

  it('leaves its connection open for the next request', async () => {
    await serve();
    expect(await service.call('/', {tenant: 'initech'})).to.include({status: 404});
    expect(await service.call('/', {tenant: 'acme'})).to.include({status: 200, text: 'served acme'});
  });

  it('because a strategy function throws this library’s error is answered as that error says', async () => {
    await serve({
      tenant: () => {
        throw new TenantUnavailableError('acme', new Error('being set up'), 30_000);
      },
    });
    const answer = await service.call('/');
    expect(answer).to.include({status: 503});
    expect(answer.headers['retry-after']).to.equal('30');
  });

  it('is not one without a tenant when required is false: that one is served without a tenant', async () => {
    await serve({required: false});
    expect(await service.call('/')).to.include({status: 200, text: 'served undefined'});
    expect(await service.call('/', {tenant: ''})).to.include({status: 400});
    expect((await service.call('/no-tenant')).body.error).to.include({statusCode: 400, code: 'NO_TENANT'});
  });

  it('because its tenant is unavailable is answered with 503 and the error’s own Retry-After, in whole seconds', async () => {
    await serve();
    const answer = await service.call('/unavailable', {tenant: 'acme'});
    expect(answer.body.error).to.include({statusCode: 503, code: 'TENANT_UNAVAILABLE'});
    expect(answer.headers['retry-after']).to.equal('3');
    expect(answer.text).not.to.match(/acme|password/);
  });

  it('because all tenants are shut down is answered with 503', async () => {
    await serve();
    const answer = await service.call('/shutdown', {tenant: 'acme'});
    expect(answer.body.error).to.include({statusCode: 503, code: 'REGISTRIES_DISPOSED'});
  });

  for (const path of ['/unavailable-globex', '/mismatch', '/gone-globex', '/no-tenant']) {
    it(`because of an error about another tenant or none is answered with 500 and no details: ${path}`, async () => {
      await serve();
      void registries.offboard('globex');
      const answer = await service.call(path, {tenant: 'acme'});
      expect(answer.body).to.deep.equal({error: {statusCode: 500, message: 'Internal Server Error'}});
      expect(answer.headers).not.to.have.property('retry-after');
    });
  }
});
