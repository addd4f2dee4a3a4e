import {expect} from 'chai';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {nextJob} from '../../support/live-classes';
import {codeOf} from '../../support/life-log';
import {settled} from '../../support/settling';

type Answer = (error?: unknown) => void;

/** A server: each call of `connect` opens a socket, whether or not the connector answers. */
class Sockets {
  open = 0;
  /** What a connector does with the callback of `connect`, once it has opened its socket. */
  connect: (answer: Answer) => unknown = answer => answer();
  disconnect: ((answer: Answer) => unknown) | undefined = answer => answer();
  readonly answers: Answer[] = [];

  readonly connector = {
    name: 'sockets',
    initialize: (dataSource: any, done: () => void) => {
      let own = 0;
      const close = () => {
        this.open -= own;
        own = 0;
      };
      dataSource.connector = {
        connect: (answer: Answer) => {
          this.open++;
          own++;
          this.answers.push(answer);
          return this.connect(answer);
        },
        ...(this.disconnect && {
          disconnect: (answer: Answer) => {
            close();
            return this.disconnect!(answer);
          },
        }),
      };
      process.nextTick(done);
    },
  };
}

describe('A connector that misbehaves', () => {
  let registries: TenantRegistries;
  let sockets: Sockets;
  beforeEach(() => {
    registries = new TenantRegistries();
    sockets = new Sockets();
  });
  afterEach(() => registries.dispose().catch(() => {}));

  const sourcesOf = (connectionTimeout: number = 5_000) =>
    new TenantDataSources({registries, create: () => ({connector: sockets.connector, connectionTimeout})});

  describe('whose `connect` never answers', () => {
    const hang: Sockets['connect'] = () => {};
    const begun = async () => {
      for (let turn = 0; turn < 100 && sockets.answers.length === 0; turn++) await nextJob();
      expect(sockets.open).to.equal(1);
    };

    /** What ends a tenant's datasource. */
    const ENDS: Record<string, (sources: TenantDataSources) => Promise<unknown>> = {
      close: sources => sources.close('acme'),
      offboard: () => registries.offboard('acme', {hookTimeout: 5}),
      shutdown: () => registries.shutdown({hookTimeout: 5}),
    };
    for (const [end, run] of Object.entries(ENDS)) {
      it(`is told to disconnect by ${end}`, async () => {
        sockets.connect = hang;
        const sources = sourcesOf(end === 'close' ? 5 : 5_000);
        const ensured = sources.ensure('acme').catch((error: unknown) => error);
        await begun();
        await run(sources);
        await ensured;
        expect(sockets.open).to.equal(0);
        expect(sources.stats()).to.include({open: 0, stuck: 0});
      });
    }

    it('is told to disconnect at connectionTimeout', async () => {
      sockets.connect = hang;
      const sources = sourcesOf(5);
      expect(await sources.ensure('acme').catch((error: {code: string}) => error.code)).to.equal('TENANT_UNAVAILABLE');
      await nextJob();
      expect(sockets.open).to.equal(0);
      expect(sources.stats()).to.include({open: 0, stuck: 0, failed: 1});
    });

    it('is told to disconnect at the end of a tenant whose datasource the application has made', async () => {
      sockets.connect = hang;
      const settings = {
        connector: sockets.connector,
        lazyConnect: true,
        connectionTimeout: 5,
        modelRegistry: {registries, tenant: 'acme'},
      };
      const dataSource: any = new DataSource(settings);
      const Note = dataSource.createModel('Note', {text: String});
      const created = Note.create({text: 'x'}).catch(() => {});
      await begun();
      // juggler takes the datasource for one that does not connect, from its time limit on
      await created;
      expect(await registries.offboard('acme', {hookTimeout: 5})).to.deep.include({errors: []});
      expect(sockets.open).to.equal(0);
    });

    /** Why its sockets stay open. */
    const STUCK: Record<string, Sockets['disconnect']> = {
      'has no method to disconnect': undefined,
      'does not answer that either': () => {},
      'throws then': () => {
        throw new Error('not connected');
      },
      'rejects a promise then': () => Promise.reject(new Error('not connected')),
      'answers that with an error': answer => answer(new Error('not connected')),
    };
    for (const [why, disconnect] of Object.entries(STUCK)) {
      it(`and ${why}: it is counted as stuck, once, and the report has the error`, async () => {
        Object.assign(sockets, {connect: hang, disconnect});
        const sources = sourcesOf();
        const ensured = sources.ensure('acme').catch((error: unknown) => error);
        await begun();
        expect((await registries.offboard('acme', {hookTimeout: 5})).errors).to.have.lengthOf(1);
        expect(sources.stats()).to.include({open: 0, stuck: 1});
        expect((await registries.offboard('acme', {retry: true, hookTimeout: 5})).errors).to.have.lengthOf(1);
        await ensured;
        expect(sources.stats()).to.include({open: 0, stuck: 1});
      });
    }

    it('but connects after its tenant has left: that connection is closed too', async () => {
      sockets.connect = hang;
      const ensured = sourcesOf()
        .ensure('acme')
        .catch((error: unknown) => error);
      await begun();
      await registries.offboard('acme');
      await ensured;
      sockets.open++;
      sockets.disconnect = answer => {
        sockets.open = 0;
        answer();
      };
      sockets.answers[0]();
      expect(sockets.open).to.equal(0);
    });
  });

  describe('that answers `connect` more than once', () => {
    it('stays connected', async () => {
      sockets.connect = answer => {
        answer();
        answer();
        setImmediate(answer);
      };
      const sources = sourcesOf();
      const dataSource = await sources.ensure('acme');
      for (let turn = 0; turn < 3; turn++) await nextJob();
      expect([dataSource.connected, sockets.open]).to.deep.equal([true, 1]);
      expect(sources.get('acme')).to.equal(dataSource);
    });

    it('with an error first: the attempt has failed, and the connection is closed', async () => {
      sockets.connect = answer => {
        answer(new Error('refused'));
        setImmediate(answer);
      };
      const sources = sourcesOf();
      expect(await sources.ensure('acme').catch((error: {code: string}) => error.code)).to.equal('TENANT_UNAVAILABLE');
      for (let turn = 0; turn < 3; turn++) await nextJob();
      expect(sockets.open).to.equal(0);
    });

    it('at once: juggler does not take it for connecting any more', async () => {
      const dataSource: any = await sourcesOf().ensure('acme');
      expect([dataSource.connected, dataSource.connecting]).to.deep.equal([true, false]);
    });
  });

  it('may take as long as it likes with connectionTimeout: Infinity', async () => {
    sockets.connect = answer => void setTimeout(answer, 10);
    const sources = sourcesOf(Infinity);
    const Note = (sources.get('acme') as any).createModel('Note', {text: String});
    Note.destroyAll().catch(() => {});
    expect(await sources.ensure('acme')).to.have.property('connected', true);
    expect(sources.stats()).to.include({open: 1, failed: 0});
  });

  describe('whose factory `create`', () => {
    it('asks for the datasource that it is making: it gets INVALID_OPTION, and each datasource is tracked', async () => {
      const codes: unknown[] = [];
      const sources: TenantDataSources = new TenantDataSources({
        registries,
        create(tenant) {
          codes.push(codeOf(() => sources.get(tenant)));
          return {connector: sockets.connector};
        },
      });
      const dataSource = await sources.ensure('acme');
      expect(codes).to.deep.equal(['INVALID_OPTION']);
      expect(sources.get('acme')).to.equal(dataSource);
      expect(sources.stats()).to.include({open: 1, created: 1});
      expect(sockets.open).to.equal(1);
      expect(await registries.offboard('acme')).to.include({dataSources: 1});
      expect([sockets.open, sources.stats().open]).to.deep.equal([0, 0]);
    });

    it('asks for another tenant’s datasource: both are tracked', async () => {
      const sources: TenantDataSources = new TenantDataSources({
        registries,
        create(tenant) {
          if (tenant === 'acme') sources.get('globex');
          return {connector: sockets.connector};
        },
      });
      await Promise.all([sources.ensure('acme'), sources.ensure('globex')]);
      expect(sources.stats()).to.include({open: 2, created: 2});
    });

    /** What `create` returns once it has ended its own tenant. */
    const MADE: Record<string, (made: object) => object> = {
      settings: () => ({connector: sockets.connector}),
      'a datasource that it made before': made => made,
    };
    for (const [what, choose] of Object.entries(MADE)) {
      it(`offboards its own tenant, and returns ${what}: the caller gets an error, and nothing stays open`, async () => {
        let leaving: Promise<unknown> | undefined;
        const sources = new TenantDataSources({
          registries,
          create(tenant) {
            const modelRegistry = {registries, tenant};
            const made = new DataSource({connector: sockets.connector, lazyConnect: true, modelRegistry});
            leaving ??= registries.offboard(tenant, {drainTimeout: 0});
            return choose(made) as never;
          },
        });
        const code = await settled(
          sources.ensure('acme').then(
            () => 'connected',
            (error: {code: string}) => error.code,
          ),
        );
        expect(code).to.equal('TENANT_OFFBOARDED');
        await settled(leaving!);
        for (let turn = 0; turn < 3; turn++) await nextJob();
        expect([sockets.open, sources.stats().open]).to.deep.equal([0, 0]);
        registries.reinstate('acme');
        expect(await settled(sources.ensure('acme'))).to.have.property('connected', true);
        expect(sources.stats()).to.include({open: 1});
      });
    }
  });

  describe('that begins a transaction', () => {
    const CONNECTIONS: Record<string, unknown> = {
      'a string': 'tx-1',
      'a number': 7,
      'a number that is 0': 0,
      'a Symbol': Symbol('tx'),
      'an object': {},
      'a frozen object': Object.freeze({}),
      nothing: undefined,
    };
    for (const [what, connection] of Object.entries(CONNECTIONS)) {
      it(`and answers with ${what}: the transaction counts as use until it has ended`, async () => {
        const ended: unknown[] = [];
        const initialize = (dataSource: any, done: () => void) => {
          dataSource.connector = {
            connect: (answer: Answer) => answer(),
            disconnect: (answer: Answer) => answer(),
            beginTransaction: (_: unknown, answer: (error: null, connection: unknown) => void) => answer(null, connection),
            commit(given: unknown, answer: Answer) {
              ended.push(given);
              answer();
            },
          };
          done();
        };
        const sources = new TenantDataSources({registries, max: 1, create: () => ({connector: {initialize}})});
        const connector = ((await sources.ensure('acme')) as any).connector;
        let begun: unknown[] = [];
        TenantContext.run('acme', () => connector.beginTransaction('READ', (...results: unknown[]) => (begun = results)));
        expect(begun).to.deep.equal([null, connection]);
        await sources.ensure('globex');
        const over = sources.stats().over;
        expect(over).to.equal(connection === undefined ? 0 : 1);
        TenantContext.run('acme', () => connector.commit(connection, () => {}));
        expect(ended).to.deep.equal([connection]);
        expect(sources.stats()).to.include({over: 0});
      });
    }
  });
});
