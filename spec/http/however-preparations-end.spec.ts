import {expect} from 'chai';
import fc from 'fast-check';
import {tenantMiddleware} from '../../lib/express';
import {ModelBuilder, TenantRegistries} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import {deferred, type Deferred} from '../support/deferred';
import {FakeClock} from '../support/fake-clock';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';

const TENANTS = ['acme', 'globex'];
const VERBS = ['evict', 'reload', 'suspend', 'resume', 'offboard', 'reinstate'] as const;

/** What happens next to a tenant, or to one of the preparations and look-ups that run or ran. */
const STEPS = fc.array(
  fc.record({
    what: fc.constantFrom('request', 'request', 'request', 'resolve', 'resolve', 'reject', 'pass', 'leave', ...VERBS),
    tenant: fc.constantFrom(...TENANTS),
    which: fc.nat(20),
  }),
  {minLength: 3, maxLength: 25},
);
/** How each attempt begins: it waits for the spec, throws at once, never ends, or waits within the tenant's context. */
const BEGINNINGS = fc.array(fc.constantFrom('wait', 'wait', 'throw', 'hang', 'nested'), {minLength: 1, maxLength: 6});

describe('Requests, however their look-ups and preparations end,', () => {
  it('are all answered within the time limits, hold no lease after that, and the next preparation can succeed', async () => {
    await assertProperty(
      fc.asyncProperty(STEPS, BEGINNINGS, async (steps, beginnings) => {
        const clock = new FakeClock();
        const registries = new TenantRegistries({clock});
        const builder = new ModelBuilder({registries});
        const waiting: Deferred<void>[] = [];
        let attempts = 0;
        let healthy = false;
        const attempt = (tenant: string, inContext: boolean): unknown => {
          if (healthy) return {};
          const beginning = beginnings[attempts++ % beginnings.length];
          if (beginning === 'throw') throw new Error('at once');
          if (beginning === 'hang') return new Promise(() => {});
          const {promise} = waiting[waiting.push(deferred()) - 1];
          if (beginning === 'wait' || !inContext) return promise.then(() => ({}));
          return registries.run(tenant, () => promise.then(() => builder.define('Note')));
        };
        const {listener} = tenantMiddleware({
          tenant: {header: 'X-Tenant'},
          registries,
          clock,
          lookUpTimeout: 1_000,
          prepareTimeout: 2_000,
          lookUp: tenant => attempt(tenant, false) as object as Promise<Record<string, unknown>>,
          prepare: tenant => attempt(tenant, true),
        });
        const service = await Service.start((request, response) => {
          // errors that are the application's own, such as a look-up's
          const serving = listener((_, served) => served.end()) as (...args: unknown[]) => Promise<void>;
          void serving(request, response).catch(() => response.writeHead(500).end());
        });
        const contexts = () => TENANTS.reduce((sum, tenant) => sum + registries.activeContexts(tenant), 0);
        const requests: ReturnType<Service['send']>[] = [];
        const answers: Promise<number>[] = [];
        try {
          for (const {what, tenant, which} of steps) {
            const index = which % Math.max(1, waiting.length);
            if (what === 'request') {
              const request = service.send('/', {tenant});
              requests.push(request);
              answers.push(
                new Promise(resolve => {
                  request.once('response', answer => resolve(answer.resume().statusCode!)).once('error', () => resolve(0));
                }),
              );
            } else if (what === 'resolve') waiting.splice(index, 1)[0]?.resolve();
            else if (what === 'reject') waiting.splice(index, 1)[0]?.reject(new Error('late or not'));
            else if (what === 'pass') clock.passAtOnce(200 * which);
            else if (what === 'leave') requests[which % Math.max(1, requests.length)]?.destroy();
            else {
              const verb = registries[verbOf(what)] as (tenant: string, options?: object) => unknown;
              try {
                const result = verb.call(registries, tenant, what === 'offboard' ? {drainTimeout: 1_000} : undefined);
                if (result instanceof Promise) result.catch(() => {});
              } catch (error) {
                expect(error).to.have.property('code', 'TENANT_OFFBOARDED');
              }
            }
            for (let turn = 0; turn < which % 4; turn++) await nextJob();
          }
          let answered = false;
          const all = Promise.all(answers).finally(() => (answered = true));
          for (let turn = 0; turn < 1_000 && !(answered && contexts() === 0); turn++) {
            await nextJob();
            if (turn % 20 === 19) clock.passAtOnce(500);
          }
          expect([answered, contexts()]).to.deep.equal([true, 0]);
          for (const status of await all) expect(status).to.be.oneOf([0, 200, 410, 500, 503]);

          for (const {reject} of waiting.splice(0)) reject(new Error('late'));
          // the look-up of a request that has left holds no lease, and may hang until its time limit
          clock.passAtOnce(2_000);
          healthy = true;
          for (const tenant of TENANTS) {
            registries.resume(tenant);
            registries.reinstate(tenant);
            expect(await service.call('/', {tenant})).to.include({status: 200});
          }
        } finally {
          await service.stop();
          await registries.dispose();
        }
      }),
      60,
    );
  });
});

function verbOf(what: string): (typeof VERBS)[number] {
  return what as (typeof VERBS)[number];
}
