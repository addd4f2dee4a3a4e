import {expect} from 'chai';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import {Service, type Answer} from '../support/http';
import {liveCohorts} from '../support/live-cohorts';
import {nextJob} from '../support/live-classes';
import {until} from '../support/settling';

describe('A preparation that takes longer than prepareTimeout', () => {
  let registries: TenantRegistries;
  let service: Service;
  let clock: FakeClock;
  let attempts: Deferred<void>[];
  /** What an attempt does, from when the spec lets it go on. */
  let goOn: (attempt: number) => unknown;

  beforeEach(async () => {
    registries = new TenantRegistries();
    clock = new FakeClock();
    attempts = [];
    goOn = () => {};
    await serve(async () => {
      const attempt = attempts.push(deferred());
      await attempts[attempt - 1].promise;
      await goOn(attempt);
    });
  });
  afterEach(() => service.stop());

  async function serve(prepare: TenantRequestsOptions['prepare'], options: Partial<TenantRequestsOptions> = {}): Promise<void> {
    const {listener} = tenantMiddleware({
      tenant: {header: 'X-Tenant'},
      registries,
      clock,
      prepare,
      ...{prepareTimeout: 2_000, retryAfter: 4_000, ...options},
    });
    service = await Service.start(listener((_, response) => response.end(Object.keys(registries.current().models).join())));
  }

  const call = () => service.call('/', {tenant: 'acme'});
  const contexts = () => registries.activeContexts('acme');

  /** Sends a request whose preparation is late. */
  async function late(): Promise<Answer> {
    const number = attempts.length;
    const answer = call();
    await until(() => attempts.length === number + 1);
    clock.passAtOnce(2_000);
    return answer;
  }

  it('is given up: all requests that wait get 503 with Retry-After at that moment', async () => {
    const calls = [call()];
    await until(() => contexts() === 2);
    clock.passAtOnce(1_999);
    calls.push(call());
    await until(() => contexts() === 3);
    clock.passAtOnce(1);
    for (const answer of await Promise.all(calls)) {
      expect(answer.body.error).to.include({statusCode: 503, code: 'TENANT_UNAVAILABLE'});
      expect(answer.headers['retry-after']).to.equal('4');
    }
    expect([attempts.length, clock.pending]).to.deep.equal([1, 0]);
  });

  it('is no work in flight any more, nor is the work that it has begun for its tenant', async () => {
    goOn = () => TenantContext.run('acme', () => registries.run('acme', () => new Promise(() => {})));
    const answer = call();
    await until(() => attempts.length === 1);
    attempts[0].resolve();
    await until(() => contexts() === 4);
    clock.passAtOnce(2_000);
    expect(await answer).to.include({status: 503});
    await until(() => contexts() === 0);
    expect(await registries.offboard('acme')).to.include({leasesDrained: 0, leasesForced: 0});
  });

  it('lets an offboarding that waited for it go on', async () => {
    const answer = call();
    await until(() => attempts.length === 1);
    const offboarding = registries.offboard('acme');
    clock.passAtOnce(2_000);
    expect(await answer).to.include({status: 503});
    expect(await offboarding).to.include({leasesForced: 0});
  });

  it('tells its signal; its later uses of the tenant throw', async () => {
    const [builder, seen] = [new ModelBuilder({registries}), [] as unknown[]];
    goOn = attempt => {
      if (attempt > 1) return builder.define('Wanted');
      expect(() => builder.define('Unwanted'))
        .to.throw()
        .with.property('code', 'TENANT_UNAVAILABLE');
      expect(TenantContext.signal!.aborted).to.equal(true);
      return seen.push(TenantContext.tenant);
    };
    const answer = call();
    await until(() => attempts.length === 1);
    clock.passAtOnce(2_000);
    expect(await answer).to.include({status: 503});
    const second = call();
    await until(() => attempts.length === 2);
    attempts[1].resolve();
    expect(await second).to.include({status: 200, text: 'Wanted'});
    attempts[0].resolve();
    await until(() => seen.length === 1);
    expect(seen).to.deep.equal(['acme']);
    expect(Object.keys(registries.for('acme').models)).to.deep.equal(['Wanted']);
  });

  const OUTCOMES: Record<string, (attempt: Deferred<void>) => void> = {
    'is fulfilled': ({resolve}) => resolve(),
    'is rejected': ({reject}) => reject(new Error('late')),
    throws: ({resolve}) => {
      goOn = () => {
        throw new Error('late');
      };
      resolve();
    },
  };
  for (const [what, settle] of Object.entries(OUTCOMES)) {
    it(`changes nothing when it ${what}: the next request prepares anew, and its preparation counts`, async () => {
      expect(await late()).to.include({status: 503});
      const second = call();
      await until(() => attempts.length === 2);
      settle(attempts[0]);
      for (let turn = 0; turn < 20; turn++) await nextJob();
      expect(contexts(), 'the second one waits').to.equal(2);
      goOn = () => {};
      attempts[1].resolve();
      expect(await second).to.include({status: 200});
      expect(await call()).to.include({status: 200});
      await until(() => contexts() === 0);
      expect([attempts.length, clock.pending]).to.deep.equal([2, 0]);
    });

    it(`changes nothing when it ${what} after another preparation has succeeded`, async () => {
      expect(await late()).to.include({status: 503});
      const second = call();
      await until(() => attempts.length === 2);
      attempts[1].resolve();
      expect(await second).to.include({status: 200});
      settle(attempts[0]);
      for (let turn = 0; turn < 20; turn++) await nextJob();
      expect(await call()).to.include({status: 200});
      await until(() => contexts() === 0);
      expect(attempts).to.have.lengthOf(2);
    });
  }

  it('that never ends is forgotten, however often it is tried', async () => {
    for (let round = 0; round < 3; round++) await late();
    attempts.length = 0;
    await until(() => contexts() === 0);
    const before = liveCohorts();
    for (let round = 0; round < 12; round++) {
      await late();
      attempts.length = 0;
    }
    await until(() => contexts() === 0);
    await nextJob();
    // the last ones may still be on the stack
    expect(liveCohorts() - before).to.be.below(5);
  });

  it('whose client has gone is the last work of its tenant: an offboarding goes on, and a tenant without work is evicted', async () => {
    for (const verb of ['offboard', 'evict']) {
      await service.stop();
      registries = new TenantRegistries({lastContextGrace: 0});
      await serve(() => {
        attempts.push(deferred());
        return new Promise(() => {});
      });
      const number = attempts.length;
      const request = service.send('/', {tenant: 'acme'});
      request.on('error', () => {});
      await until(() => attempts.length > number);
      request.destroy();
      await until(() => contexts() === 1);
      const offboarding = verb === 'offboard' && registries.offboard('acme');
      expect(registries.stats().tenants).to.equal(verb === 'offboard' ? 0 : 1);
      clock.passAtOnce(2_000);
      expect([contexts(), registries.stats().tenants]).to.deep.equal([0, 0]);
      if (offboarding) expect(await offboarding).to.include({leasesForced: 0});
    }
  });

  it('ends its own context where the request comes within another context of its tenant', async () => {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, clock, prepareTimeout: 10, prepare: hang});
    function hang(): Promise<void> {
      attempts.push(deferred());
      return new Promise(() => {});
    }
    await service.stop();
    const serving = listener(() => {});
    service = await Service.start((request, response) => {
      void TenantContext.run('acme', async () => {
        serving(request, response);
        await new Promise(resolve => response.once('close', resolve));
      });
    });
    const answer = call();
    await until(() => attempts.length === 1);
    clock.passAtOnce(10);
    expect(await answer).to.include({status: 503});
    await until(() => contexts() === 0);
  });

  it('goes on where prepareTimeout is Infinity, without a timer', async () => {
    await service.stop();
    const ready = deferred();
    await serve(() => ready.promise, {prepareTimeout: Infinity});
    const answer = call();
    await until(() => contexts() === 2);
    expect(clock.pending).to.equal(0);
    ready.resolve();
    expect(await answer).to.include({status: 200});
  });
});
