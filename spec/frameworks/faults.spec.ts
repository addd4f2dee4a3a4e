import {once} from 'node:events';
import {Agent} from 'node:http';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';
import {TenantContext, TenantRegistries, TenantUnavailableError} from '../../lib/index';
import type {Statuses, TenantRequestsOptions} from '../../lib/express';
import {deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import type {Answer} from '../support/http';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';
import {keepingConnector} from '../support/keeping-connector';
import {until} from '../support/settling';

/** The tenants that requests cannot be served for, by error code. */
const REFUSALS = {
  NO_TENANT: {what: 'names no tenant', tenant: undefined, status: 400, chosen: 404},
  INVALID_TENANT_CODE: {what: 'names a malformed tenant', tenant: '../acme', status: 400, chosen: 404},
  TENANT_REFUSED: {what: 'names an unknown tenant', tenant: 'initech', status: 404, chosen: 400},
  TENANT_SUSPENDED: {what: 'names a suspended tenant', tenant: 'asleep', status: 410, chosen: 403},
  TENANT_OFFBOARDED: {what: 'names an offboarded tenant', tenant: 'gone', status: 410, chosen: 404},
} as const;
const CHOSEN: Statuses = Object.fromEntries(Object.entries(REFUSALS).map(([code, {chosen}]) => [code, chosen]));

/** Fastify puts the code beside the message, all others put it into `error`. */
const codeOf = ({body}: Answer): unknown => body.error?.code ?? body.code;

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(`In a service on ${name}`, () => {
    let registries: TenantRegistries;
    let clock: FakeClock;
    let app: Application;
    let pressure: {overloaded: boolean};
    let prepare: (tenant: string) => unknown;
    let work: () => unknown;

    async function serve(status: Statuses = {}, more: Partial<TenantRequestsOptions<any>> = {}): Promise<void> {
      registries = new TenantRegistries({isTenant: code => code !== 'initech'});
      clock = new FakeClock();
      pressure = {overloaded: false};
      prepare = () => {};
      work = () => ({tenant: TenantContext.tenant});
      app = await start({
        registries,
        create: tenant => ({connector: keepingConnector(), name: tenant}),
        requests: {
          status,
          clock,
          pressure,
          retryAfter: 2_000,
          prepareTimeout: 1_000,
          prepare: tenant => prepare(tenant),
          ...more,
        },
        work: () => work(),
      });
      await registries.suspend('asleep');
      await registries.offboard('gone');
    }
    async function stop(): Promise<void> {
      await app.stop();
      await registries.dispose();
    }

    const call = (tenant?: string, agent?: Agent) => app.service.call(app.work, {tenant, agent});

    const noContexts = () => until(() => registries.activeContexts('acme') === 0);

    /** Makes the next request wait until the spec ends it. */
    function held(): {readonly begun: Promise<void>; readonly end: () => void} {
      const [begun, end] = [deferred(), deferred()];
      work = async () => {
        begun.resolve();
        await end.promise;
        return {tenant: TenantContext.tenant};
      };
      return {begun: begun.promise, end: () => end.resolve()};
    }

    describe('a request that', () => {
      before(() => serve());
      after(stop);

      for (const [code, {what, tenant, status}] of Object.entries(REFUSALS)) {
        it(`${what} gets ${status} with the code, and no name of a tenant`, async () => {
          const answer = await call(tenant);
          expect([answer.status, codeOf(answer)]).to.deep.equal([status, code]);
          expect(answer.headers).not.to.have.property('retry-after');
          expect(answer.text).not.to.match(/acme|initech|asleep|gone|isTenant/);
          expect(await call('acme')).to.deep.include({status: 200, body: {tenant: 'acme'}});
        });
      }

      it('names a tenant whose preparation never ends gets 503 with Retry-After; the others are served, and the next one tries anew', async () => {
        let attempts = 0;
        prepare = tenant => tenant === 'slow' && ++attempts === 1 && new Promise(() => {});
        const waiting = call('slow');
        await until(() => clock.pending > 0);
        expect(await call('acme')).to.include({status: 200});
        clock.passAtOnce(1_000);
        const answer = await waiting;
        expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '2']);
        expect(answer.text).not.to.contain('slow');
        await until(() => registries.activeContexts('slow') === 0);
        expect(await call('slow')).to.deep.include({status: 200, body: {tenant: 'slow'}});
        expect(attempts).to.equal(2);
      });

      it('comes under memory pressure gets 503 with Retry-After when its tenant is not built yet', async () => {
        await call('acme');
        pressure.overloaded = true;
        const answer = await call('another');
        expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '2']);
        expect(answer.text).not.to.contain('another');
        expect(await call('acme')).to.include({status: 200});
        pressure.overloaded = false;
        expect(await call('another')).to.include({status: 200});
      });
    });

    /** How the application's functions fail. */
    const FAILURES: Record<string, () => unknown> = {
      throws: () => {
        throw new Error('password of broken');
      },
      rejects: () => Promise.reject(new Error('password of broken')),
      'rejects with nothing': () => Promise.reject(undefined), // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
      'returns a thenable that throws': () => ({
        then() {
          throw new Error('password of broken');
        },
      }),
    };

    describe('a look-up or a preparation that fails', () => {
      let failing: {readonly place: 'lookUp' | 'prepare'; readonly fail: () => unknown} | undefined;
      const take = (place: 'lookUp' | 'prepare') => {
        if (failing?.place !== place) return {};
        const {fail} = failing;
        failing = undefined;
        return fail() as object;
      };
      before(() => serve({}, {lookUp: () => take('lookUp') as never, prepare: () => take('prepare')}));
      after(stop);

      for (const place of ['lookUp', 'prepare'] as const) {
        for (const [how, fail] of Object.entries(FAILURES)) {
          it(`is 503 with Retry-After without a reason, and the next request is served: ${place} ${how}`, async () => {
            registries.evict('broken');
            failing = {place, fail};
            const [answer, other] = await Promise.all([call('broken'), call('acme')]);
            expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '2']);
            expect(answer.text).not.to.match(/broken|password/);
            expect(other).to.include({status: 200});
            expect(await call('broken')).to.deep.include({status: 200, body: {tenant: 'broken'}});
            await until(() => registries.activeContexts('broken') === 0);
          });
        }
      }
    });

    describe('with chosen statuses, a request that', () => {
      before(() => serve(CHOSEN));
      after(stop);

      for (const [code, {what, tenant, chosen}] of Object.entries(REFUSALS)) {
        it(`${what} gets ${chosen}`, async () => {
          const answer = await call(tenant);
          expect([answer.status, codeOf(answer)]).to.deep.equal([chosen, code]);
        });
      }
    });

    describe('an error of one tenant does not reach another:', () => {
      before(() => serve());
      after(stop);

      it('an error about another tenant than the request’s gets 500 without details', async () => {
        work = () => Promise.reject(new TenantUnavailableError('globex', new Error('password')));
        const answer = await call('acme');
        expect(answer).to.include({status: 500});
        expect(answer.headers).not.to.have.property('retry-after');
        expect(answer.text).not.to.match(/globex|password|TENANT_UNAVAILABLE/);
      });

      it('of two requests at once, only the client of the failing one gets the error', async () => {
        const {begun, end} = held();
        const running = call('globex');
        await begun;
        const failures = [new TenantUnavailableError('acme', new Error('password')), new Error('password of acme')];
        const statuses: number[] = [];
        for (const failure of failures) {
          work = () => Promise.reject(failure);
          statuses.push((await call('acme')).status);
        }
        prepare = tenant => tenant === 'broken' && Promise.reject(new Error('password of broken'));
        statuses.push((await call('broken')).status);
        end();
        expect(statuses).to.deep.equal([503, 500, 503]);
        const answer = await running;
        expect(answer).to.deep.include({status: 200, body: {tenant: 'globex'}});
        expect(answer.headers).not.to.have.property('retry-after');
      });

      it('a tenant that is offboarded during its request gets 410, and the other tenant’s request goes on', async () => {
        const {begun, end} = held();
        const running = call('globex');
        await begun;
        work = async () => {
          await registries.offboard('leaving', {drainTimeout: 0});
          registries.current();
        };
        const answer = await call('leaving');
        expect([answer.status, codeOf(answer)]).to.deep.equal([410, 'TENANT_OFFBOARDED']);
        end();
        expect(await running).to.deep.include({status: 200, body: {tenant: 'globex'}});
      });
    });

    describe('the lease of a request', () => {
      beforeEach(() => serve());
      afterEach(stop);

      it('is released when the client disconnects before the response begins', async () => {
        const {begun, end} = held();
        const request = app.service.send(app.work, {tenant: 'acme'});
        request.on('error', () => {});
        await begun;
        expect(registries.activeContexts('acme')).to.equal(1);
        request.destroy();
        await noContexts();
        end();
      });

      it('is released when the client disconnects in the middle of a stream', async () => {
        const stream = new PassThrough();
        work = () => stream;
        stream.write('first');
        const answer = await app.service.begin(app.stream, {tenant: 'acme'});
        await once(answer, 'data');
        expect(registries.activeContexts('acme')).to.equal(1);
        answer.destroy();
        await noContexts();
        stream.destroy();
      });

      it('is held until a stream has been sent to its end', async () => {
        const stream = new PassThrough();
        work = () => stream;
        stream.write('first ');
        const answer = await app.service.begin(app.stream, {tenant: 'acme'});
        const texts = [String((await once(answer, 'data'))[0])];
        const offboarding = registries.offboard('acme');
        for (const text of ['second ', 'third']) {
          stream.write(text);
          texts.push(String((await once(answer, 'data'))[0]));
          expect(registries.activeContexts('acme')).to.equal(1);
        }
        stream.end();
        answer.resume();
        await once(answer, 'end');
        expect(texts).to.deep.equal(['first ', 'second ', 'third']);
        expect(await offboarding).to.include({leasesDrained: 1, leasesForced: 0});
      });

      it('belongs to one request: a keep-alive connection serves several tenants in turn', async () => {
        let connections = 0;
        app.service.server.on('connection', () => connections++);
        const agent = new Agent({keepAlive: true, maxSockets: 1});
        for (const tenant of ['acme', 'globex', 'acme', 'asleep', 'globex']) {
          const answer = await call(tenant, agent);
          if (tenant === 'asleep') expect(answer).to.include({status: 410});
          else expect(answer).to.deep.include({status: 200, body: {tenant}});
        }
        await noContexts();
        expect(await registries.offboard('acme', {verify: true})).to.include({leasesForced: 0, survivors: 0});
        expect(await call('globex', agent)).to.include({status: 200});
        expect(connections).to.equal(1);
        agent.destroy();
      });
    });
  });
}
