import {inject} from '@loopback/core';
import {DefaultCrudRepository, Entity, model, property, repository, RepositoryMixin, type juggler} from '@loopback/repository';
import {get, param, post, requestBody, RestApplication} from '@loopback/rest';
import {expect} from 'chai';
import {DataSource, install, TenantContext, TenantRegistries} from '../../lib/index';
import {TenantBindings, TenantComponent, type DataSourceFactories, type ModelsOf} from '../../lib/loopback4';
import {Service} from '../support/http';
import {mariadbServer} from '../support/mariadb-server';
import {keepingConnector} from '../support/keeping-connector';

const stockJuggler = require('loopback-datasource-juggler');

/** As the command line of LoopBack writes them, for two datasources: nothing here knows of tenants. */

@model()
class Note extends Entity {
  @property({type: 'number', id: true, generated: true}) declare id?: number;
  @property({type: 'string'}) declare text: string;
}

class NoteRepository extends DefaultCrudRepository<Note, number> {
  constructor(@inject('datasources.main') dataSource: juggler.DataSource) {
    super(Note, dataSource);
  }
}

class ArchivedNoteRepository extends DefaultCrudRepository<Note, number> {
  constructor(@inject('datasources.archive') dataSource: juggler.DataSource) {
    super(Note, dataSource);
  }
}

class NoteController {
  constructor(
    @repository(NoteRepository) readonly notes: NoteRepository,
    @repository(ArchivedNoteRepository) readonly archived: ArchivedNoteRepository,
  ) {}

  @get('/notes')
  find(): Promise<Note[]> {
    return this.notes.find();
  }

  @post('/notes')
  create(@requestBody() note: Note): Promise<Note> {
    return this.notes.create(note);
  }

  @get('/archive')
  findArchived(): Promise<Note[]> {
    return this.archived.find();
  }

  @post('/notes/{id}/archive')
  async archive(@param.path.number('id') id: number): Promise<Note> {
    const {text} = await this.notes.findById(id);
    await this.notes.deleteById(id);
    return this.archived.create({text});
  }
}

class NoteApplication extends RepositoryMixin(RestApplication) {
  constructor() {
    super({rest: {port: 0, host: '127.0.0.1'}});
    this.repository(NoteRepository);
    this.repository(ArchivedNoteRepository);
    this.controller(NoteController);
  }
}

const NAMES = ['main', 'archive'] as const;

type Create = DataSourceFactories[string];

interface Way {
  /** Whether one class of each datasource serves all tenants. */
  readonly shared?: true;
  readonly create?: (registries: TenantRegistries) => Create;
  /** Makes a datasource that the application binds once, for all tenants. */
  readonly once?: (registries: TenantRegistries) => object;
  readonly installed?: true;
}

const memory = {name: 'db', connector: keepingConnector()};

const WAYS: Record<string, Way> = {
  'with shared models': {create: () => () => memory, shared: true},
  'that the component makes': {create: () => () => memory},
  'that the application makes for each tenant': {
    create: registries => tenant => new DataSource({...memory, modelRegistry: {registries, tenant}}),
  },
  'that the application makes for each tenant, of an installed juggler': {
    installed: true,
    create: registries => tenant => new stockJuggler.DataSource({...memory, modelRegistry: {registries, tenant}}),
  },
  'that follow the running tenant': {once: registries => new DataSource({...memory, modelRegistry: {registries}})},
  'that follow the running tenant, of an installed juggler': {
    installed: true,
    once: registries => new stockJuggler.DataSource({...memory, modelRegistry: {registries}}),
  },
};

async function serve(app: NoteApplication, registries: TenantRegistries, models: ModelsOf): Promise<Service> {
  app.bind(TenantBindings.REGISTRIES).to(registries);
  app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
  app.configure(TenantBindings.COMPONENT).to({models});
  app.component(TenantComponent);
  await app.start();
  return Service.start(app.restServer.httpServer!.server);
}

/** Requests of a tenant that write notes and archive some of them. */
async function writeNotes(service: Service, tenant: string, first: 'notes' | 'archive'): Promise<void> {
  // the repository of this one defines its model first
  expect(await service.call(`/${first}`, {tenant})).to.include({status: 200});
  const ids = [];
  for (const text of ['a', 'b', 'c'])
    ids.push((await service.call('/notes', {tenant, body: {text: `${tenant} ${text}`}})).body.id);
  for (const id of ids.slice(0, 2)) {
    const {status, body} = await service.call(`/notes/${id}/archive`, {tenant, method: 'POST'});
    expect([status, body.text]).to.deep.equal([200, `${tenant} ${id === ids[0] ? 'a' : 'b'}`]);
  }
}

async function texts(service: Service, tenant: string): Promise<string[][]> {
  const answers = await Promise.all(['/notes', '/archive'].map(path => service.call(path, {tenant})));
  return answers.map(({body}) => body.map(({text}: Note) => text).sort());
}

for (const [way, {create, once, installed, shared}] of Object.entries(WAYS))
  describe(`In an application of LoopBack 4 with two datasources ${way}`, () => {
    let registries: TenantRegistries;
    let app: NoteApplication;
    let uninstall: (() => void) | undefined;

    beforeEach(() => {
      registries = new TenantRegistries();
      uninstall = installed && install(stockJuggler, {registries});
      app = new NoteApplication();
      if (create) app.bind(TenantBindings.DATASOURCES).to(Object.fromEntries(NAMES.map(name => [name, create(registries)])));
      else for (const name of NAMES) app.bind(`datasources.${name}`).to(once!(registries));
    });
    afterEach(async () => {
      await app.stop();
      uninstall?.();
    });

    for (const first of ['notes', 'archive'] as const)
      it(`each repository reads and writes the rows of its own (${first} is used first)`, async () => {
        const service = await serve(app, registries, shared ? 'shared' : 'tenant');
        await writeNotes(service, 'acme', first);
        expect(await texts(service, 'acme')).to.deep.equal([['acme c'], ['acme a', 'acme b']]);
        expect(registries.inspect('acme')).to.include({models: shared ? 0 : 2});
        if (create) {
          expect(await texts(service, 'globex')).to.deep.equal([[], []]);
          await writeNotes(service, 'globex', first);
          expect(await texts(service, 'acme')).to.deep.equal([['acme c'], ['acme a', 'acme b']]);
        }
        // however many requests come, each datasource has one class
        await Promise.all(Array.from({length: 10}, () => texts(service, 'acme')));
        expect(registries.inspect('acme')).to.include({models: shared ? 0 : 2});
        const [Main, Archive] = await TenantContext.run('acme', () => Promise.all(NAMES.map(name => noteClass(app, name))));
        expect(Main).not.to.equal(Archive);
        expect(await registries.offboard('acme')).to.deep.include({models: shared ? 0 : 2, errors: []});
        if (shared) return;
        for (const Model of [Main, Archive])
          expect(() => new Model())
            .to.throw()
            .with.property('code', 'TENANT_OFFBOARDED');
      });
  });

async function noteClass(app: NoteApplication, name: string): Promise<any> {
  return ((await app.get(`datasources.${name}`)) as any).getModel('Note');
}

for (const models of ['shared', 'tenant'] as const)
  describe(`In an application of LoopBack 4 with two databases for each tenant, on MariaDB (models: ${models})`, () => {
    const server = mariadbServer();
    const registries = new TenantRegistries();
    const database = (tenant: string, name: string) => `${models}_${tenant}_${name}`;
    let app: NoteApplication;
    let service: Service;

    before(async () => {
      app = new NoteApplication();
      app
        .bind(TenantBindings.DATASOURCES)
        .to(Object.fromEntries(NAMES.map(name => [name, (tenant: string) => server.settings(database(tenant, name))])));
      service = await serve(app, registries, models);
      for (const tenant of ['acme', 'globex']) {
        for (const name of NAMES) await server.createDatabase(database(tenant, name));
        await TenantContext.run(tenant, () => app.migrateSchema());
      }
    });
    after(() => app?.stop());

    it('each repository’s rows are in its own database', async () => {
      await Promise.all([writeNotes(service, 'acme', 'archive'), writeNotes(service, 'globex', 'notes')]);
      for (const tenant of ['acme', 'globex']) {
        const rows = await Promise.all(
          NAMES.map(name => server.sql(database(tenant, name), 'SELECT text FROM Note ORDER BY id')),
        );
        expect(rows.map(found => found.map(({text}) => text))).to.deep.equal([[`${tenant} c`], [`${tenant} a`, `${tenant} b`]]);
        expect(await texts(service, tenant)).to.deep.equal([[`${tenant} c`], [`${tenant} a`, `${tenant} b`]]);
      }
      expect(await registries.offboard('acme', {verify: true})).to.deep.include({
        models: models === 'shared' ? 0 : 2,
        dataSources: 2,
        survivors: 0,
        errors: [],
      });
    });
  });
