import {channel} from 'node:diagnostics_channel';
import {expect} from 'chai';
import {TenantContext, TenantRegistries, type EndReason} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {nextJob} from '../../support/live-classes';

type End = (registries: TenantRegistries, clock: FakeClock) => unknown;

/** What ends the only tenant of registries with these options, by reason. */
const ENDS: readonly (readonly [EndReason, string, End, object?])[] = [
  ['lru', 'max is reached', registries => registries.for('other'), {max: 1}],
  ['idle', 'idleTtl has passed', (_, clock) => clock.pass(2_000), {idleTtl: 1_000}],
  [
    'idle',
    'its last context has ended',
    registries => TenantContext.run('acme', () => void registries.for('acme')),
    {lastContextGrace: 0},
  ],
  ['memory', 'it is shed', registries => registries.shed(1)],
  ['manual', 'it is evicted', registries => registries.evict('acme')],
  ['manual', 'all are evicted', registries => registries.evictAll()],
  ['reload', 'it is reloaded', registries => registries.reload('acme')],
  ['offboard', 'it is offboarded', registries => registries.offboard('acme')],
  ['shutdown', 'all are shut down', registries => registries.shutdown()],
  ['shutdown', 'all are disposed', registries => registries.dispose()],
];

describe('The reason of an end', () => {
  for (const [reason, when, end, options] of ENDS) {
    it(`is '${reason}' where ${when}: in events, on the channel, in stats and with the leaks alike`, async () => {
      const clock = new FakeClock();
      const registries = new TenantRegistries({clock, idleTtl: Infinity, ...options});
      const seen: unknown[] = [];
      const note = (event: unknown) => void seen.push(event);
      registries.observe({ended: note});
      const published = channel('loopback-scoped-registry:ended');
      published.subscribe(note);
      const registry = registries.for('acme');
      await end(registries, clock);
      await nextJob();
      published.unsubscribe(note);
      const event = {tenant: 'acme', generation: 1, reason, models: 0, embeddedModels: 0};
      expect(seen).to.deep.equal([event, event]);
      expect(seen[0]).to.equal(seen[1]).and.be.frozen;
      const {endings, evictions} = registries.stats();
      const counted = {lru: 0, idle: 0, memory: 0, manual: 0, reload: 0, offboard: 0, shutdown: 0, [reason]: 1};
      expect(endings).to.deep.equal(counted).and.be.frozen;
      const {lru, idle, memory, manual} = counted;
      expect(evictions).to.deep.equal({lru, idle, memory, manual});
      expect(registries.findLeaks({collect: false})).to.have.lengthOf(1);
      expect(registries.findLeaks({collect: false})[0]).to.include({tenant: 'acme', reason, registry: true});
      expect(registry.generation).to.equal(1);
    });
  }

  it("of a registry with work in flight is the same in the events 'leaving' and 'ended'", async () => {
    for (const verb of ['evict', 'reload', 'offboard'] as const) {
      const registries = new TenantRegistries({idleTtl: Infinity});
      const seen: [string, EndReason][] = [];
      registries.observe({
        leaving: ({reason}) => void seen.push(['leaving', reason]),
        ended: ({reason}) => void seen.push(['ended', reason]),
      });
      const lease = registries.acquire('acme');
      const outcome = registries[verb]('acme');
      lease.release();
      await outcome;
      const reason = verb === 'evict' ? 'manual' : verb;
      expect(seen).to.deep.equal([
        ['leaving', reason],
        ['ended', reason],
      ]);
    }
  });

  it("is 'offboard' also where the tenant was evicted or reloaded before, and its work still ran", async () => {
    for (const verb of ['evict', 'reload'] as const) {
      const registries = new TenantRegistries({idleTtl: Infinity});
      const lease = registries.acquire('acme');
      void registries[verb]('acme');
      const running = registries.offboard('acme');
      lease.release();
      await running;
      expect(registries.stats().endings).to.include({manual: 0, reload: 0, offboard: 1});
    }
  });
});
