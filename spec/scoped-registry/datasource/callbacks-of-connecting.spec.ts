import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';
import {keepingConnector} from '../../support/keeping-connector';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource, type AnyDataSource} from '../../support/service';
import {survivorsOf} from '../../support/weak-count';

const {initialize} = require('loopback-datasource-juggler/lib/connectors/memory');

/** A connector in memory whose `connect` and `disconnect` a spec answers itself. */
function answeredByHand(answers: ((error?: Error) => void)[]) {
  return {
    name: 'by hand',
    initialize(dataSource: AnyDataSource, ready: (error: null, isConnected: boolean) => void) {
      initialize(dataSource, () => {});
      for (const name of ['connect', 'disconnect'])
        dataSource.connector[name] = (answer: (error?: Error) => void) => void answers.push(answer);
      process.nextTick(ready, null, false);
    },
  };
}

describe('The callbacks of connect and disconnect', () => {
  let registries: TenantRegistries;
  /** Of the connector by hand, the answers that it has not given. */
  let answers: ((error?: Error) => void)[];

  beforeEach(() => {
    registries = new TenantRegistries();
    answers = [];
  });
  afterEach(async () => {
    const disposed = registries.dispose();
    for (const answer of answers) answer();
    await disposed;
  });

  it('keep no datasource that was dropped, if a driver keeps them for ever', async () => {
    const made = new WeakSet<object>();
    async function use(): Promise<void> {
      for (const tenant of ['acme', 'acme', undefined]) {
        const dataSource = tenantDataSource(registries, tenant, {connector: keepingConnector()});
        made.add(dataSource);
        for (let round = 0; round < 2; round++) {
          await dataSource.connect();
          await dataSource.disconnect();
        }
        await dataSource.connect();
      }
    }
    await use();
    await nextJob();
    expect(survivorsOf(made)).to.equal(0);
  });

  it('are called as often as on stock, when a connector answers again after it has lost its connection', async () => {
    const connector = answeredByHand(answers);
    const dataSource = tenantDataSource(registries, 'acme', {connector});
    await nextJob();
    const seen: unknown[] = [];
    dataSource.on('connected', () => seen.push('connected'));
    dataSource.on('error', (error: Error) => seen.push(error.message));
    dataSource.connect((error?: Error) => seen.push(['answer', error?.message]));
    answers[0]();
    await nextJob();
    answers[0](new Error('lost'));
    answers[0]();
    expect(seen).to.deep.equal(['connected', ['answer', undefined], 'lost', 'connected']);
  });

  it('of disconnect: the first answer counts', async () => {
    const connector = answeredByHand(answers);
    const dataSource = tenantDataSource(registries, 'acme', {connector});
    await nextJob();
    dataSource.connect(() => {});
    answers[0]();
    let count = 0;
    dataSource.disconnect(() => count++);
    answers[1]();
    answers[1]();
    expect([count, dataSource.connected]).to.deep.equal([1, false]);
  });
});
