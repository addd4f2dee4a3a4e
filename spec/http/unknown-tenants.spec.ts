import {expect} from 'chai';
import {tenantMiddleware} from '../../lib/express';
import {LookUp} from '../../lib/http/look-up';
import {TenantRegistries} from '../../lib/index';
import {deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import {Service} from '../support/http';

const LIMIT = 10_000;

describe('A tenant that does not exist', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let service: Service | undefined;
  let asked: string[];
  let known: Set<string>;

  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries();
    service = undefined;
    asked = [];
    known = new Set();
  });
  afterEach(() => service?.stop());

  async function serve(options: {readonly unknownTtl?: number} = {}): Promise<void> {
    const {listener} = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      clock,
      ...options,
      lookUp(tenant) {
        asked.push(tenant);
        return known.has(tenant) ? {} : undefined;
      },
    });
    service = await Service.start(listener((_, response) => response.end()));
  }

  const call = async (tenant: string): Promise<number> => (await service!.call('/', {tenant})).status;

  it('is looked up once for 20 requests that come one after another', async () => {
    await serve();
    for (let count = 0; count < 20; count++) expect(await call('nobody')).to.equal(404);
    expect(asked).to.deep.equal(['nobody']);
  });

  it('is remembered for unknownTtl, and looked up again after that', async () => {
    await serve({unknownTtl: 2_000});
    await call('acme');
    known.add('acme');
    clock.jump(1_999);
    expect(await call('acme')).to.equal(404);
    clock.jump(1);
    expect(await call('acme')).to.equal(200);
    expect(asked).to.deep.equal(['acme', 'acme']);
  });

  it('is remembered for 5 seconds by default, counted from the look-up and not from the last request', async () => {
    await serve();
    await call('acme');
    for (let second = 1; second < 5; second++) {
      clock.jump(1_000);
      await call('acme');
    }
    clock.jump(999);
    await call('acme');
    expect(asked).to.deep.equal(['acme']);
    clock.jump(1);
    await call('acme');
    expect(asked).to.deep.equal(['acme', 'acme']);
  });

  it('is not remembered with unknownTtl: 0', async () => {
    await serve({unknownTtl: 0});
    for (let count = 0; count < 3; count++) await call('nobody');
    expect(asked).to.have.lengthOf(3);
  });

  it('is served as soon as other code has built it', async () => {
    await serve();
    await call('acme');
    registries.for('acme');
    expect(await call('acme')).to.equal(200);
  });

  it('is not remembered after a look-up that fails or is late', async () => {
    const failures = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => {}), () => Promise.resolve({})];
    const {lookUpUnbuilt} = bound(() => failures[asked.push('acme') - 1]());
    for (const failing of [0, 1]) {
      const looking = lookUpUnbuilt('acme');
      if (failing === 1) {
        await Promise.resolve();
        clock.passAtOnce(5_000);
      }
      expect(await looking!.catch((error: Error) => error)).to.be.instanceOf(Error);
    }
    expect(await lookUpUnbuilt('acme')).to.deep.equal({});
  });

  it(`is forgotten when ${LIMIT.toLocaleString('en')} others were not found after it`, async () => {
    const {lookUpUnbuilt} = bound(tenant => void asked.push(tenant));
    const refused = async (tenant: string) => {
      try {
        await lookUpUnbuilt(tenant);
      } catch (error) {
        return (error as {code?: string}).code;
      }
      return undefined;
    };
    for (let number = 0; number < LIMIT + 5; number++) await refused(`t${number}`);
    expect(asked).to.have.lengthOf(LIMIT + 5);
    asked = [];
    for (let number = 5; number < LIMIT + 5; number += 99) expect(await refused(`t${number}`)).to.equal('TENANT_REFUSED');
    expect(asked).to.deep.equal([]);
    expect(await refused('t4')).to.equal('TENANT_REFUSED');
    expect(asked).to.deep.equal(['t4']);
  });

  it(`is answered with TENANT_UNAVAILABLE while ${LIMIT.toLocaleString('en')} look-ups have no answer yet`, async () => {
    const answer = deferred<undefined>();
    const {lookUpUnbuilt} = bound(() => answer.promise);
    const running = Array.from({length: LIMIT}, (_, number) => lookUpUnbuilt(`t${number}`)!.catch(() => {}));
    expect(() => lookUpUnbuilt('one-more'))
      .to.throw(/10000 tenants are being looked up/)
      .with.property('code', 'TENANT_UNAVAILABLE');
    expect(lookUpUnbuilt('t1')).not.to.equal(undefined);
    answer.resolve(undefined);
    await Promise.all(running);
    await lookUpUnbuilt('one-more')!.catch(() => {});
  });

  function bound(lookUp: (tenant: string) => Promise<object> | undefined | Promise<undefined>) {
    const options = {lookUpTimeout: 5_000, unknownTtl: 5_000, retryAfter: 1_000, clock};
    const looking = new LookUp(lookUp as never, () => registries, options);
    return {lookUpUnbuilt: (tenant: string) => looking.lookUpUnbuilt(tenant)};
  }
});
