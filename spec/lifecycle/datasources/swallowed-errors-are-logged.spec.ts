import {EventEmitter} from 'node:events';
import {expect} from 'chai';
import {DataSource, ModelRegistry, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {debugLinesOf} from '../../support/debug-lines';
import {FakeServer} from '../../support/fake-server';

const NAMESPACE = 'loopback-scoped-registry:datasource';
const nextTurn = () => new Promise(resolve => setImmediate(resolve));

describe('The log loopback-scoped-registry:datasource', () => {
  let registries: TenantRegistries;
  let server: FakeServer;

  beforeEach(() => {
    registries = new TenantRegistries();
    server = new FakeServer();
  });
  afterEach(() => registries.dispose());

  const linesOf = (work: () => unknown) => debugLinesOf(NAMESPACE, work);
  const sourcesOf = (settings: object = {}) =>
    new TenantDataSources({
      registries,
      create: () => ({name: 'db', connector: server.connector, connectionTimeout: 20, password: 'geheim', ...settings}),
    });
  const dataSourceOf = (modelRegistry: object, settings: object = {}): any =>
    new DataSource({name: 'db', connector: server.connector, password: 'geheim', modelRegistry, ...settings});

  it('contains an error event', async () => {
    const lines = await linesOf(async () => (await sourcesOf().ensure('acme')).emit('error', new Error('no such host')));
    expect(lines).to.deep.equal([`tenant "acme", datasource "db": emitted 'error': no such host`]);
  });

  it('contains the reason why a connection failed', async () => {
    server.mode = 'down';
    const lines = await linesOf(() => expectUnavailable(sourcesOf().ensure('acme')));
    expect(lines).to.deep.equal([
      `tenant "acme", datasource "db": emitted 'error': Tenant "acme" is not available: connection refused. ` +
        'Check its settings and its server; the next call tries anew. (TENANT_UNAVAILABLE)',
    ]);
  });

  describe('contains what a connector answers after connectionTimeout:', () => {
    const linesAfter = (answer: (connect: (error?: Error) => void) => void) => {
      server.mode = 'wait';
      return linesOf(async () => {
        const sources = sourcesOf();
        const unavailable = expectUnavailable(sources.ensure('acme'));
        // the attempt has a timer of its own, which may fire later than that of ensure
        await new Promise(resolve => sources.get('acme').once('error', resolve));
        await unavailable;
        answer(server.waiting[0]);
        await nextTurn();
      });
    };

    it('a connection, which is closed', async () => {
      const [error, late, ...others] = await linesAfter(connect => connect());
      expect(error).to.include('no connection within 20 ms');
      expect(late).to.equal('tenant "acme", datasource "db": connected too late, after 20 ms; disconnecting');
      expect(others).to.deep.equal([]);
      // at the time limit, and when it has connected
      expect(server).to.include({open: 0, disconnects: 2});
    });

    it('a connection that cannot be closed', async () => {
      const {initialize} = server.connector;
      server.connector.initialize = (dataSource: any, callback: () => void) => {
        initialize(dataSource, callback);
        dataSource.connector.disconnect = (answer: (error: Error) => void) => answer(new Error('stuck'));
      };
      const lines = await linesAfter(connect => connect());
      expect(lines).to.include('tenant "acme", datasource "db": failed to disconnect: stuck');
    });

    it('a failure', async () => {
      const lines = await linesAfter(connect => connect(new Error('wrong database')));
      expect(lines.at(-1)).to.equal('tenant "acme", datasource "db": failed to connect, after 20 ms: wrong database');
    });
  });

  it('contains a connection that was made after its datasource was closed', async () => {
    server.mode = 'wait';
    const sources = new TenantDataSources({
      registries,
      // without lazyConnect the connector begins by itself
      create: tenant => dataSourceOf({registries, tenant}, {connectionTimeout: 20}),
    });
    const lines = await linesOf(async () => {
      await expectUnavailable(sources.ensure('acme'));
      server.waiting[0]();
      await nextTurn();
    });
    expect(lines).to.include('tenant "acme", datasource "db": connected too late, after it was closed; disconnecting');
    expect(server.open).to.equal(0);
  });

  describe('contains, after a tenant has left,', () => {
    const LINE = 'tenant "acme", datasource "db": connected too late, after its registry had ended; disconnecting';

    it('a late connection of its datasource, and the failure to close that connection', async () => {
      server.mode = 'wait';
      const dataSource = dataSourceOf({registries, tenant: 'acme'});
      const lines = await linesOf(async () => {
        await registries.offboard('acme');
        dataSource.connector.disconnect = (answer: (error: Error) => void) => answer(new Error('stuck'));
        server.waiting[0]();
        await nextTurn();
      });
      expect(lines).to.deep.equal([LINE, 'tenant "acme", datasource "db": failed to disconnect: stuck']);
    });

    it('an error event of its datasource', async () => {
      const dataSource = dataSourceOf({registries, tenant: 'acme'}, {lazyConnect: true});
      const lines = await linesOf(async () => {
        await registries.offboard('acme');
        dataSource.emit('error', new Error('no such host'));
      });
      expect(lines).to.deep.equal([`tenant "acme", datasource "db": emitted 'error': no such host`]);
    });

    it('an error event without a tenant, if the datasource belonged to none', async () => {
      const registry = new ModelRegistry();
      const dataSource = dataSourceOf({registry}, {lazyConnect: true});
      registry.dispose();
      const lines = await linesOf(() => dataSource.emit('error', new Error('no such host')));
      expect(lines).to.deep.equal([`datasource "db": emitted 'error': no such host`]);
    });
  });

  describe('contains a disconnect', () => {
    const linesWith = (disconnect: (answer: (error?: Error) => void) => void) =>
      linesOf(async () => {
        const dataSource: any = await sourcesOf().ensure('acme');
        dataSource.connector.disconnect = disconnect;
        await registries.offboard('acme', {hookTimeout: 20});
      });

    it('that failed', async () => {
      const lines = await linesWith(answer => answer(new Error('stuck')));
      expect(lines).to.deep.equal(['tenant "acme", datasource "db": failed to disconnect: stuck']);
    });

    it('that threw', async () => {
      const lines = await linesWith(() => {
        throw new Error('thrown');
      });
      expect(lines).to.deep.equal(['tenant "acme", datasource "db": failed to disconnect: thrown']);
    });

    it('that took too long', async () => {
      expect(await linesWith(() => {})).to.deep.equal(['tenant "acme", datasource "db": did not disconnect within 20 ms']);
    });

    it('of a datasource that TenantDataSources has closed', async () => {
      const sources = sourcesOf();
      const lines = await linesOf(async () => {
        const dataSource: any = await sources.ensure('acme');
        dataSource.connector.disconnect = (answer: (error: Error) => void) => answer(new Error('stuck'));
        await sources.close('acme');
      });
      expect(lines).to.deep.equal(['tenant "acme", datasource "db": failed to disconnect: stuck']);
      expect(sources.stats().stuck).to.equal(1);
    });
  });

  describe('contains a connection that a PostgreSQL pool has lost', () => {
    const poolOf = async (settings: object = {}) => {
      const pool = new EventEmitter();
      const {initialize} = server.connector;
      server.connector.initialize = (dataSource: any, callback: () => void) => {
        initialize(dataSource, callback);
        Object.assign(dataSource.connector, {pg: pool, settings: dataSource.settings});
      };
      await sourcesOf(settings).ensure('acme');
      const client = new EventEmitter();
      pool.emit('connect', client);
      /** As pg-pool does with a client that is idle. */
      client.prependListener('error', error => pool.emit('error', error, client));
      return client;
    };

    it('once if the client is idle', async () => {
      const client = await poolOf();
      const lines = await linesOf(() => client.emit('error', new Error('Connection terminated unexpectedly')));
      expect(lines).to.deep.equal(['tenant "acme", datasource "db": lost a connection: Connection terminated unexpectedly']);
    });

    it('once if the setting onError is a function, which is called too', async () => {
      const heard: unknown[] = [];
      const client = await poolOf({onError: (error: unknown) => heard.push(error)});
      const lost = new Error('Connection terminated unexpectedly');
      expect(await linesOf(() => client.emit('error', lost))).to.have.lengthOf(1);
      expect(heard).to.include(lost);
    });
  });

  it('is empty while its namespace is disabled', async () => {
    server.mode = 'down';
    const lines = await debugLinesOf('loopback-scoped-registry:define', () => expectUnavailable(sourcesOf().ensure('acme')));
    expect(lines).to.deep.equal([]);
  });

  it('does not stop the work if an error cannot be printed or a line cannot be written', async () => {
    const createDebug = require('debug');
    const dataSource = await sourcesOf().ensure('acme');
    const unprintable = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    const lines = await linesOf(() => {
      dataSource.emit('error', unprintable);
      createDebug.log = () => {
        throw new Error('the disk is full');
      };
      dataSource.emit('error', new Error('x'));
    });
    expect(lines).to.deep.equal([`tenant "acme", datasource "db": emitted 'error': an error that cannot be printed`]);
  });
});

async function expectUnavailable(work: Promise<unknown>): Promise<void> {
  expect(await work.catch((error: unknown) => error)).to.have.property('code', 'TENANT_UNAVAILABLE');
}
