import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries, type DataSourceSettings} from '../../../lib/index';
import {JUGGLERS} from '../../support/side-by-side';
import type {AnyDataSource, AnyModel} from '../../support/service';

/** The methods of a datasource that speak of the shared models. Where no tenant runs they work all the same. */
const OF_MODELS: Record<string, (db: AnyDataSource, Note: AnyModel) => unknown> = {
  getModel: (db, Note) => expect(db.getModel('Note')).to.equal(Note),
  'getModel of no model': db => expect(db.getModel('Nothing')).to.equal(undefined),
  models: (db, Note) => expect(db.models.Note).to.equal(Note),
  getModelDefinition: (db, Note) => expect(db.getModelDefinition('Note')).to.equal(Note.definition),
  attach: (db, Note) => expect(db.attach(Note)).to.equal(Note),
  'attachTo of the model': (db, Note) => Note.attachTo(db),
  defineProperty: (db, Note) => {
    db.defineProperty('Note', 'place', {type: String});
    expect(Note.definition.properties).to.have.property('place');
  },
  idName: db => expect(db.idName('Note')).to.equal('id'),
  operations: db => expect(db.operations()).to.have.property('create'),
};

/** What is the running tenant's, and how it answers. */
const OF_TENANT: Record<string, (db: AnyDataSource) => unknown> = {
  execute: db => db.execute('command'),
  ping: db => db.ping(),
  automigrate: db => db.automigrate(),
  autoupdate: db => db.autoupdate(),
  beginTransaction: db => db.beginTransaction({}),
  discoverModelDefinitions: db => db.discoverModelDefinitions(),
  connect: db => db.connect(),
  disconnect: db => db.disconnect(),
  connector: db => db.connector,
  connected: db => db.connected,
  settings: db => db.settings,
  isRelational: db => db.isRelational(),
  tableName: db => db.tableName('Note'),
  freeze: db => db.freeze(),
};

const codeOf = (work: () => unknown) =>
  new Promise(resolve => resolve(work())).then(
    () => undefined,
    (error: any) => error.code ?? error.message,
  );

for (const {major, juggler} of JUGGLERS)
  describe(`The one datasource of all tenants (juggler ${major})`, () => {
    let registries: TenantRegistries;
    let sources: TenantDataSources;
    let db: AnyDataSource;
    let Note: AnyModel;
    let create: (tenant: string) => DataSourceSettings;

    beforeEach(() => {
      registries = new TenantRegistries();
      create = tenant => ({connector: 'memory', name: `db-of-${tenant}`});
      sources = new TenantDataSources({registries, juggler, create: tenant => create(tenant)});
      db = sources.shared;
      Note = db.createModel('Note', {text: String, part: {size: Number}});
    });
    afterEach(() => registries.dispose());

    const inTenant = <T>(tenant: string, work: () => T): T => TenantContext.run(tenant, work);
    const texts = (tenant: string) => inTenant(tenant, async () => (await Note.find()).map(({text}: any) => text));

    it('is always the same object, and a DataSource', () => {
      expect(sources.shared).to.equal(db);
      expect(db).to.be.instanceOf(juggler.DataSource);
    });

    it('defines each model once; each tenant has its own rows', async () => {
      await inTenant('acme', () => Note.create({text: 'a', part: {size: '1'}}));
      await inTenant('globex', () => Note.create({text: 'g'}));
      expect([await texts('acme'), await texts('globex'), await texts('initech')]).to.deep.equal([['a'], ['g'], []]);
      for (const tenant of ['acme', 'globex']) expect(registries.inspect(tenant)).to.include({models: 0, embeddedModels: 0});
      expect(await codeOf(() => Note.find())).to.equal('NO_TENANT');
    });

    it('defines models of all tenants also while a tenant runs, and by placeholder, as repositories do', async () => {
      const Tag: AnyModel = inTenant('acme', () => {
        expect(db.getModel('Tag')).to.equal(undefined);
        db.getModel('Tag', true);
        const made = db.createModel('Tag', {word: String});
        made.attachTo(db);
        return made;
      });
      expect(db.getModel('Tag')).to.equal(Tag);
      await inTenant('globex', () => Tag.create({word: 'w'}));
      expect([await inTenant('acme', () => Tag.count()), await inTenant('globex', () => Tag.count())]).to.deep.equal([0, 1]);
      expect(await registries.offboard('acme')).to.include({models: 0});
      expect(await inTenant('globex', () => Tag.count())).to.equal(1);
    });

    it('a second definition of a name takes the place of the first, as on stock', async () => {
      await inTenant('acme', () => Note.create({text: 'a'}));
      const Next: AnyModel = db.createModel('Note', {text: String, more: Number});
      expect(db.getModel('Note')).to.equal(Next);
      await inTenant('acme', () => Next.create({text: 'b', more: '2'}));
      expect((await inTenant('acme', () => Next.findOne({where: {text: 'b'}}))).more).to.equal(2);
    });

    for (const [name, use] of Object.entries(OF_MODELS))
      it(`speaks of the shared models, in any context: ${name}`, () => {
        use(db, Note);
        inTenant('acme', () => use(db, Note));
      });

    const has = (name: string) => name in juggler.DataSource.prototype || !['execute', 'beginTransaction'].includes(name);
    for (const [name, use] of Object.entries(OF_TENANT).filter(([name]) => has(name)))
      it(`is the running tenant’s, else NO_TENANT: ${name}`, async () => {
        expect(await codeOf(() => use(db))).to.equal('NO_TENANT');
        // as on the tenant's own datasource, also where that has no such method
        const asked = await inTenant('acme', () => codeOf(() => use(db)));
        expect(asked).to.equal(await inTenant('globex', () => codeOf(() => use(sources.get('globex') as AnyDataSource))));
      });

    it('has the connector, the settings and the name of the running tenant’s datasource', () => {
      for (const tenant of ['acme', 'globex'])
        inTenant(tenant, () => {
          const own: AnyDataSource = sources.get(tenant);
          expect(db.connector).to.equal(own.connector);
          expect(db.settings).to.equal(own.settings);
          expect([db.name, own.name]).to.deep.equal([`db-of-${tenant}`, `db-of-${tenant}`]);
        });
    });

    it('gives a generated id the type that the tenants’ connector makes', async () => {
      const Item: AnyModel = db.createModel('Item', {code: {type: String, id: true, generated: true}, name: String});
      await inTenant('acme', () => Item.create({name: 'x'}));
      const stock = new juggler.DataSource({connector: 'memory'});
      const Stock = stock.createModel('Item', {code: {type: String, id: true, generated: true}, name: String});
      expect(Item.definition.properties.code.type).to.equal(Stock.definition.properties.code.type);
      expect((await inTenant('acme', () => Item.findOne())).code).to.equal(1);
    });

    it('needs one kind of connector: another one is an error that names models: ‘tenant’, and the first tenant works on', async () => {
      await inTenant('acme', () => Note.create({text: 'a'}));
      create = () => ({connector: 'transient'});
      const error: any = await inTenant('globex', () => Note.create({text: 'g'})).catch((error: unknown) => error);
      expect(error).to.include({code: 'INVALID_OPTION'});
      expect(error.message).to.match(
        /"globex" has the connector "transient".*settled for the connector "memory".*`models: 'tenant'`/s,
      );
      expect(await texts('acme')).to.deep.equal(['a']);
    });

    it('refuses a model under whose name a tenant has one of its own, and defines nothing', () => {
      (sources.get('acme') as AnyDataSource).createModel('Own', {});
      expect(() => db.createModel('Own', {}))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
      expect(db.getModel('Own')).to.equal(undefined);
    });
  });
