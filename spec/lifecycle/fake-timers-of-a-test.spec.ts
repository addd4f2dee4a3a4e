import {IncomingMessage, ServerResponse} from 'node:http';
import {expect} from 'chai';
import {TenantRequests} from '../../lib/http/tenant-requests';
import {DataSource, TenantDataSources, TenantRegistries} from '../../lib/index';
import {MacrotaskSet} from '../../lib/scoped-registry/primitives/macrotask-set';
import {nextJob} from '../support/live-classes';
import {until} from '../support/settling';

const sinon = require('sinon');
const FAKED = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['nextTick', 'performance'],
];

/** Runs `work` under a test's fake timers, which are restored without a tick: what they were given to call is never called. */
function underFakeTimers<T>(work: () => T, names = FAKED): T {
  const clock = sinon.useFakeTimers({toFake: names});
  try {
    return work();
  } finally {
    clock.restore();
  }
}

describe('Fake timers of a test, which are restored without a tick', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));
  afterEach(() => registries.dispose());

  const defining = () => {
    const dataSource: any = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}});
    return (name: string) => dataSource.createModel(name, {at: {x: Number}});
  };

  it('do not make a set for one job last', async () => {
    const set = new MacrotaskSet<object>();
    const item = {};
    underFakeTimers(() => set.add(item));
    await nextJob();
    await nextJob();
    expect(set.has(item)).to.equal(false);
  });

  it('do not hide classes that are replaced in later jobs', async () => {
    const define = defining();
    underFakeTimers(() => {
      for (let count = 0; count < 150; count++) define('Often');
    });
    await nextJob();
    await nextJob();
    const kept = define('Kept');
    define('Kept');
    await registries.offboard('acme');
    expect(registries.findLeaks().flatMap(({names}) => names)).to.include('Kept');
    expect(() => new kept())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });

  it('do not keep idle datasources open', async () => {
    const sources = new TenantDataSources({registries, idleTtl: 10, create: () => ({connector: 'memory'})});
    // juggler connects it in the next tick
    underFakeTimers(
      () => sources.get('acme'),
      FAKED.filter(name => name !== 'nextTick'),
    );
    await until(() => sources.stats().open === 0);
  });

  it('do not stop the time limit of a connection', async () => {
    const initialize = (dataSource: any, done: () => void) => {
      dataSource.connector = {connect() {}, disconnect: (answer: () => void) => answer()};
      done();
    };
    const sources = new TenantDataSources({registries, create: () => ({connector: {initialize}, connectionTimeout: 5})});
    const ensured = underFakeTimers(() => sources.ensure('acme').catch((error: {code: string}) => error.code));
    expect(await ensured).to.equal('TENANT_UNAVAILABLE');
  });

  it('do not hold the lease of a response that was ended before', async () => {
    const requests = new TenantRequests<object>({registries, tenant: () => 'acme'});
    const request = new IncomingMessage({} as never);
    const response = new ServerResponse(request);
    response.end();
    await underFakeTimers(() => requests.admit(request, response, {}));
    await until(() => registries.activeContexts('acme') === 0);
  });

  it('do not swallow the error of an operation of a tenant that has left', async () => {
    const Note = defining()('Note');
    await registries.offboard('acme');
    const error = await new Promise(resolve => underFakeTimers(() => void Note.find({}, resolve)));
    expect(error).to.have.property('code', 'TENANT_OFFBOARDED');
  });
});
