import {expect} from 'chai';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import type {TenantDataSourcesOptions} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {FakeServer} from '../../support/fake-server';
import type {AnyDataSource} from '../../support/service';

describe('TenantDataSources', () => {
  let registries: TenantRegistries;
  let server: FakeServer;
  let asked: string[];
  let now: number;

  beforeEach(() => {
    registries = new TenantRegistries();
    server = new FakeServer();
    asked = [];
    now = 0;
  });
  afterEach(() => registries.dispose());

  const sourcesOf = (options: Partial<TenantDataSourcesOptions> = {}) =>
    new TenantDataSources({
      registries,
      create(tenant) {
        asked.push(tenant);
        return {connector: server.connector, connectionTimeout: 50};
      },
      clock: {now: () => now},
      ...options,
    });
  const noteIn = (dataSource: AnyDataSource) => dataSource.createModel('Note', {text: String});
  /** A model whose rows are written by a connector that answers when it is told to. */
  const slowNoteIn = (dataSource: AnyDataSource) => {
    const Note = noteIn(dataSource);
    const create = dataSource.connector.create;
    let release!: () => void;
    const released = new Promise<void>(resolve => (release = resolve));
    // juggler counts a method's parameters
    dataSource.connector.create = (model: unknown, data: unknown, options: unknown, callback: unknown) =>
      void released.then(() => create.call(dataSource.connector, model, data, options, callback));
    return {Note, release};
  };

  describe('get', () => {
    it('returns a DataSource of the tenant at once; operations wait until it is connected', async () => {
      const sources = sourcesOf();
      server.mode = 'wait';
      const dataSource = sources.get('acme');
      expect(dataSource).to.be.instanceOf(DataSource);
      expect(dataSource.connected).to.equal(false);
      const created = noteIn(dataSource).create({text: 'early'});
      server.waiting[0]();
      expect(await created).to.include({text: 'early'});
      expect(registries.for('acme').findByName('Note')).to.be.a('function');
    });

    it('makes one for each tenant, and asks create once', async () => {
      const sources = sourcesOf();
      expect(sources.get('acme')).to.equal(sources.get('acme'));
      expect(sources.get('globex')).not.to.equal(sources.get('acme'));
      await Promise.all([sources.ensure('acme'), sources.ensure('globex'), sources.ensure('acme')]);
      expect(asked).to.deep.equal(['acme', 'globex']);
      expect(server.connects).to.equal(2);
    });

    it('runs create for the tenant', () => {
      let running: string | undefined;
      const sources = sourcesOf({create: () => ((running = TenantContext.tenant), {connector: 'memory'})});
      TenantContext.run('globex', () => sources.get('acme'));
      expect(running).to.equal('acme');
    });

    it('throws what create throws, and asks again next time', () => {
      const failures = [new Error('no such tenant in the vault')];
      const sources = sourcesOf({
        create() {
          const failure = failures.pop();
          if (failure) throw failure;
          return {connector: 'memory'};
        },
      });
      expect(() => sources.get('acme')).to.throw('no such tenant in the vault');
      expect(sources.get('acme')).to.be.instanceOf(DataSource);
    });

    it('accepts a DataSource from create only if it is the tenant’s own', async () => {
      const make = (tenant: string) => new DataSource({connector: 'memory', modelRegistry: {registries, tenant}});
      const sources = sourcesOf({create: make});
      expect(await sources.ensure('acme')).to.be.instanceOf(DataSource);
      const wrong = [
        () => make('other'),
        () => new DataSource({connector: 'memory', modelRegistry: {registries}}),
        () => new DataSource({connector: 'memory'}),
        () => Promise.resolve({connector: 'memory'}),
        () => 'memory',
        () => undefined,
      ];
      for (const create of wrong) {
        expect(() => sourcesOf({create: create as never}).get('acme'))
          .to.throw('create must return')
          .with.property('code', 'INVALID_OPTION');
      }
    });

    it('refuses the tenants that the registries refuse', async () => {
      registries = new TenantRegistries({isTenant: tenant => tenant !== 'nobody'});
      const sources = sourcesOf();
      const codeOf = (tenant: string) => {
        try {
          sources.get(tenant);
        } catch (error) {
          return (error as {code?: string}).code;
        }
      };
      expect(codeOf('nobody')).to.equal('TENANT_REFUSED');
      expect(codeOf('')).to.equal('INVALID_TENANT_CODE');
      await registries.offboard('acme');
      expect(codeOf('acme')).to.equal('TENANT_OFFBOARDED');
      await registries.dispose();
      expect(codeOf('globex')).to.equal('REGISTRIES_DISPOSED');
      expect(asked).to.deep.equal([]);
    });
  });

  describe('a connection that fails', () => {
    it('is the same error for all waiting callers; the next call makes a new datasource', async () => {
      const sources = sourcesOf();
      server.mode = 'down';
      const failed = sources.get('acme');
      const waiting = [sources.ensure('acme'), sources.ensure('acme'), noteIn(failed).create({text: 'x'})];
      for (const result of await Promise.allSettled(waiting)) {
        expect(result).to.have.nested.property('reason.code', 'TENANT_UNAVAILABLE');
        expect(result).to.have.nested.property('reason.tenant', 'acme');
        expect(result).to.have.nested.property('reason.cause.message', 'connection refused');
        expect(result).to.have.nested.property('reason.retryAfter').above(0);
      }
      server.mode = 'up';
      expect(await sources.ensure('acme')).not.to.equal(failed);
      expect(sources.stats()).to.include({open: 1, created: 2, failed: 1});
    });

    it('or does not answer is an error after connectionTimeout; a connection that comes later is closed', async () => {
      const sources = sourcesOf();
      server.mode = 'wait';
      const waiting = [sources.ensure('acme'), noteIn(sources.get('acme')).create({text: 'x'})];
      for (const result of await Promise.allSettled(waiting))
        expect(result).to.have.nested.property('reason.code', 'TENANT_UNAVAILABLE');
      expect(server.disconnects).to.equal(1);
      server.waiting[0]();
      expect(server).to.include({open: 0, connects: 1, disconnects: 2});
      expect(sources.stats()).to.include({open: 0, failed: 1});
    });

    it('is not tried again by juggler: a later use of the same datasource gets the same error', async () => {
      const sources = sourcesOf();
      server.mode = 'down';
      const Note = noteIn(sources.get('acme'));
      await sources.ensure('acme').catch(() => {});
      server.mode = 'up';
      const again = await Note.create({text: 'x'}).catch((error: unknown) => error);
      expect(again).to.have.property('code', 'TENANT_UNAVAILABLE');
      expect(server.open).to.equal(0);
    });

    it('does not affect other tenants', async () => {
      const sources = sourcesOf();
      await sources.ensure('globex');
      server.mode = 'down';
      await sources.ensure('acme').catch(() => {});
      expect(await noteIn(sources.get('globex')).create({text: 'x'})).to.include({text: 'x'});
    });
  });

  describe('limits', () => {
    it('close the datasource least recently used', async () => {
      const sources = sourcesOf({max: 2});
      const oldest = await sources.ensure('a');
      await sources.ensure('b');
      await sources.ensure('c');
      expect(oldest.connected).to.equal(true); // until the connector has answered
      await new Promise(resolve => setImmediate(resolve));
      expect(oldest.connected).to.equal(false);
      expect(server).to.include({open: 2, disconnects: 1});
      expect(sources.stats()).to.deep.include({open: 2, closed: {lru: 1, idle: 0, manual: 0, reload: 0, ended: 0}});
    });

    it('close a datasource with work in flight only when that work has ended', async () => {
      const sources = sourcesOf({max: 1});
      const {Note, release} = slowNoteIn(await sources.ensure('a'));
      const created = Note.create({text: 'x'});
      await sources.ensure('b');
      expect(sources.stats()).to.include({open: 1, over: 1});
      expect(server.disconnects).to.equal(0);
      release();
      expect(await created).to.include({text: 'x'});
      expect(sources.stats()).to.include({open: 1, over: 0});
      expect(server.disconnects).to.equal(1);
    });

    it('keep a datasource open that is asked for again before its work has ended', async () => {
      const sources = sourcesOf({max: 1});
      const dataSource = await sources.ensure('a');
      const {Note, release} = slowNoteIn(dataSource);
      const created = Note.create({text: 'x'});
      await sources.ensure('b');
      expect(sources.get('a')).to.equal(dataSource);
      release();
      await created;
      expect(dataSource.connected).to.equal(true);
      expect(sources.stats()).to.include({open: 1, over: 0, created: 2});
    });

    it('close idle datasources by a timer, and keep used ones', async () => {
      const clock = new FakeClock();
      const sources = sourcesOf({idleTtl: 1_000, clock});
      const [a, b] = await Promise.all([sources.ensure('a'), sources.ensure('b')]);
      const Note = noteIn(b);
      clock.passAtOnce(600);
      await Note.create({text: 'work counts, also without a call of get'});
      clock.passAtOnce(600);
      await sources.close('none'); // a turn of the loop
      expect(sources.stats()).to.deep.include({open: 1, closed: {lru: 0, idle: 1, manual: 0, reload: 0, ended: 0}});
      expect(sources.get('b')).to.equal(b);
      expect(sources.get('a')).not.to.equal(a);
    });

    it('keep a datasource with work in flight that lasts longer than idleTtl', async () => {
      const clock = new FakeClock();
      const sources = sourcesOf({idleTtl: 1_000, clock});
      const {Note, release} = slowNoteIn(await sources.ensure('a'));
      const created = Note.create({text: 'x'});
      clock.passAtOnce(5_000);
      expect(sources.stats()).to.include({open: 1});
      release();
      await created;
      clock.passAtOnce(5_000);
      expect(sources.stats()).to.include({open: 0});
    });
  });

  describe('close', () => {
    it('waits for the work in flight; from the call on, get makes a new datasource', async () => {
      const sources = sourcesOf();
      const dataSource = await sources.ensure('acme');
      const {Note, release} = slowNoteIn(dataSource);
      const created = Note.create({text: 'x'});
      const closed = sources.close('acme');
      expect(sources.get('acme')).not.to.equal(dataSource);
      expect(dataSource.connected).to.equal(true);
      release();
      await created;
      expect(await closed).to.equal(true);
      expect(dataSource.connected).to.equal(false);
      expect(await sources.close('unknown')).to.equal(false);
    });

    it('makes later use of the closed datasource an error, and opens no second connection', async () => {
      const sources = sourcesOf();
      const Note = noteIn(await sources.ensure('acme'));
      await sources.close('acme');
      const error = await Note.create({text: 'x'}).catch((refusal: unknown) => refusal);
      expect(error).to.have.property('code', 'DATASOURCE_CLOSED');
      const byCallback = await new Promise(resolve => void Note.create({text: 'x'}, resolve));
      expect(byCallback).to.have.property('code', 'DATASOURCE_CLOSED');
      expect(server).to.include({open: 0, connects: 1});
    });
  });

  it('makes a new datasource where user code has disconnected the old one', async () => {
    const sources = sourcesOf();
    const dataSource = await sources.ensure('acme');
    await dataSource.disconnect();
    const next = await sources.ensure('acme');
    expect(next).not.to.equal(dataSource);
    expect(server).to.include({open: 1, connects: 2, disconnects: 1});
  });

  describe('the end of a tenant', () => {
    it('disconnects its datasource exactly once, and forgets it', async () => {
      const sources = sourcesOf();
      await sources.ensure('acme');
      await sources.ensure('globex');
      const report = await registries.offboard('acme');
      expect(report).to.deep.include({dataSources: 1, errors: []});
      expect(server).to.include({open: 1, disconnects: 1});
      expect(sources.stats()).to.deep.include({open: 1, closed: {lru: 0, idle: 0, manual: 0, reload: 0, ended: 1}});
    });

    it('disconnects a datasource exactly once even if it was closed or is being closed', async () => {
      const sources = sourcesOf();
      const kept = await sources.ensure('acme');
      const closing = sources.close('acme');
      const report = await registries.offboard('acme');
      await closing;
      expect(report).to.deep.include({dataSources: 1, errors: []});
      expect(server).to.include({open: 0, disconnects: 1});

      registries.reinstate('acme');
      await sources.ensure('acme');
      await sources.close('acme');
      expect(await registries.offboard('acme')).to.include({dataSources: 0});
      expect(server).to.include({open: 0, disconnects: 2});
      expect(kept.connected).to.equal(false);
    });

    it('closes a connection that comes after it', async () => {
      const sources = sourcesOf();
      server.mode = 'wait';
      const ensured = sources.ensure('acme').catch((error: unknown) => error);
      await registries.offboard('acme');
      expect(await ensured).to.have.property('code', 'TENANT_OFFBOARDED');
      server.waiting[0]();
      expect(server).to.include({open: 0, connects: 1, disconnects: 2});
      expect(sources.stats()).to.include({open: 0, failed: 0});
    });

    it('followed by reinstate gives the tenant a new datasource', async () => {
      const sources = sourcesOf();
      const before = await sources.ensure('acme');
      const offboarding = registries.offboard('acme');
      registries.reinstate('acme');
      expect(sources.get('acme')).not.to.equal(before);
      await offboarding;
      expect(sources.get('acme').connected).to.equal(true);
    });

    it('disconnects its datasource; its eviction does not', async () => {
      const sources = sourcesOf();
      const dataSource = await sources.ensure('acme');
      registries.evict('acme');
      expect(sources.get('acme')).to.equal(dataSource);
      expect(dataSource.connected).to.equal(true);
    });

    it('by dispose of the registries disconnects all', async () => {
      const sources = sourcesOf();
      await Promise.all(['a', 'b', 'c'].map(tenant => sources.ensure(tenant)));
      await registries.dispose();
      expect(server).to.include({open: 0, disconnects: 3});
      expect(sources.stats()).to.include({open: 0});
    });
  });
});
