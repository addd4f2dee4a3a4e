import {expect} from 'chai';
import type {Lease, OffboardingOptions, OffboardingReport, TenantRegistries} from '../../../lib/index';
import type {FakeClock} from '../../support/fake-clock';
import {codeOf, loggedRegistries} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource, type AnyDataSource} from '../../support/service';
import {settled} from '../../support/settling';

const STEPS = ['drain', 'abort', 'before-hooks', 'dispose', 'disconnect', 'after-hooks'];
/** Milliseconds that the steps take here. */
const DRAIN = 100;
const BEFORE = 10;
const DISCONNECT = 20;
const AFTER = 30;

describe('The order of the steps of offboard()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let dataSource: AnyDataSource;
  let leases: Lease[];
  /** What has happened, each with what was true then. */
  let happened: [string, object][];

  beforeEach(async () => {
    ({clock, registries} = loggedRegistries());
    happened = [];
    dataSource = tenantDataSource(registries, 'acme');
    dataSource.createModel('Customer', {name: String});
    const registry = registries.for('acme');
    await nextJob();
    const note = (what: string) => {
      const {connected} = dataSource;
      const use = codeOf(() => registries.for('acme')) ?? 'works';
      happened.push([what, {time: clock.now(), disposed: registry.disposed, connected, use}]);
    };
    const take = (ms: number) => new Promise<void>(resolve => clock.setTimeout(resolve, ms));
    const {connector} = dataSource;
    const disconnect = connector.disconnect;
    connector.disconnect = async (done: () => void) => {
      note('disconnect');
      await take(DISCONNECT);
      disconnect.call(connector, done);
    };
    registries.observe({ended: () => note('dispose')});
    registries.beforeOffboard(async () => (note('before-hooks'), take(BEFORE)));
    registries.onOffboard(async () => (note('after-hooks'), take(AFTER)));
    leases = ['quick', 'slow'].map(name => {
      const lease = registries.acquire('acme');
      lease.signal.addEventListener('abort', () => note(`abort ${name}`));
      return lease;
    });
    clock.setTimeout(() => (note('end quick'), leases[0].release()), DRAIN / 2);
  });
  afterEach(() => leases.forEach(lease => lease.release()));

  async function offboard(options: OffboardingOptions): Promise<OffboardingReport> {
    const running = registries.offboard('acme', {hookTimeout: 1_000, ...options});
    await clock.pass(10_000);
    return settled(running);
  }

  const names = () => happened.map(([name]) => name);
  const facts = (name: string) => happened.find(([each]) => each === name)![1];

  it('is the same in the report and in fact: each step begins when the one before is over', async () => {
    const {steps, duration} = await offboard({drainTimeout: DRAIN});
    expect(steps.map(({step}) => step)).to.deep.equal(STEPS);
    expect(names()).to.deep.equal([...['end quick', 'abort slow', 'before-hooks'], ...['dispose', 'disconnect', 'after-hooks']]);
    expect(steps.map(step => step.duration)).to.deep.equal([DRAIN, 0, BEFORE, 0, DISCONNECT, AFTER]);
    expect(duration).to.equal(DRAIN + BEFORE + DISCONNECT + AFTER);
    const OPEN = {disposed: false, connected: true, use: 'TENANT_OFFBOARDED'};
    expect(facts('end quick')).to.deep.equal({...OPEN, time: DRAIN / 2});
    expect(facts('abort slow')).to.deep.equal({...OPEN, time: DRAIN});
    expect(facts('before-hooks')).to.deep.equal({...OPEN, time: DRAIN, use: 'works'});
    const GONE = {...OPEN, disposed: true};
    expect(facts('dispose')).to.deep.equal({...GONE, time: DRAIN + BEFORE});
    expect(facts('disconnect')).to.deep.equal({...GONE, time: DRAIN + BEFORE});
    expect(facts('after-hooks')).to.deep.equal({...GONE, connected: false, time: DRAIN + BEFORE + DISCONNECT});
  });

  it('is the same where there is no time to drain', async () => {
    const {steps} = await offboard({drainTimeout: 0});
    expect(steps.map(({step}) => step)).to.deep.equal(STEPS);
    const order = ['abort quick', 'abort slow', 'before-hooks', 'dispose', 'disconnect', 'after-hooks'];
    expect(names().filter(name => name !== 'end quick')).to.deep.equal(order);
    expect(steps.map(step => step.duration)).to.deep.equal([0, 0, BEFORE, 0, DISCONNECT, AFTER]);
  });

  it('is the same where hooks and the disconnecting hang: each step ends at its time limit', async () => {
    for (const verb of ['beforeOffboard', 'onOffboard'] as const) registries[verb](() => new Promise(() => {}));
    const {connector} = dataSource;
    connector.disconnect = () => happened.push(['disconnect', {}]);
    const {steps} = await offboard({drainTimeout: DRAIN});
    expect(steps.map(({step}) => step)).to.deep.equal(STEPS);
    expect(names()).to.deep.equal([...['end quick', 'abort slow', 'before-hooks'], ...['dispose', 'disconnect', 'after-hooks']]);
    expect(steps.map(({errors}) => errors.length)).to.deep.equal([0, 0, 1, 0, 1, 1]);
    expect(steps.map(step => step.duration)).to.deep.equal([DRAIN, 0, BEFORE + 1_000, 0, 1_000, AFTER + 1_000]);
  });
});
