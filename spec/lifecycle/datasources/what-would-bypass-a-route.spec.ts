import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import type {AnyDataSource, AnyModel} from '../../support/service';

const loose = (model: Function) => model as AnyModel;

describe('What would bypass a route is refused where it happens', () => {
  let registries: TenantRegistries;
  let sources: TenantDataSources;
  let builder: AnyModel;

  beforeEach(() => {
    registries = new TenantRegistries();
    sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
    builder = new ModelBuilder({registries});
  });
  afterEach(() => registries.dispose());

  const refused = (work: () => unknown, ...says: string[]) => {
    for (const said of says) expect(work).to.throw(said).with.property('code', 'INVALID_OPTION');
  };

  describe('a getDataSource of the model’s own', () => {
    const elsewhere = () => new DataSource({connector: 'memory'});
    const OWN: Record<string, (Model: AnyModel) => unknown> = {
      'as a static': Model => (Model.getDataSource = elsewhere),
      'on the prototype': Model => (Model.prototype.getDataSource = elsewhere),
      'by a mixin': Model => {
        Model.modelBuilder.mixins.define('Elsewhere', (Mixed: AnyModel) => (Mixed.getDataSource = elsewhere));
        Model.mixin('Elsewhere');
      },
      'by Object.assign': Model => Object.assign(Model, {getDataSource: elsewhere}),
    };
    for (const [name, give] of Object.entries(OWN)) {
      it(`given before the route: ${name}`, async () => {
        const Model = builder.define('Customer', {name: String});
        const before = new DataSource({connector: 'memory', modelRegistry: {registries}}) as AnyDataSource;
        before.attach(Model);
        give(Model);
        refused(() => sources.route(Model), 'getDataSource', 'Remove it');
        expect(Model.dataSource).to.equal(before);
      });

      it(`given after the route: ${name}`, async () => {
        const Model = loose(sources.route(builder.define('Customer', {name: String})));
        refused(() => give(Model), 'getDataSource', 'Remove it');
        await TenantContext.run('acme', () => Model.create({name: 'Ann'}));
        expect(TenantContext.run('acme', () => Model.getDataSource())).to.equal(sources.get('acme'));
      });
    }

    it('inherited from a base model', () => {
      const Base = builder.define('Base', {});
      Base.getDataSource = elsewhere;
      refused(() => sources.route(Base.extend('Customer', {name: String})), 'Customer has a getDataSource');
    });

    it('and not of a subclass, which may be on a datasource of its own', () => {
      const Model = loose(sources.route(builder.define('Customer', {name: String})));
      const ofAcme = TenantContext.run('acme', () => Model.extend('Special', {}));
      for (const Special of [ofAcme, Model.extend('Other', {})]) {
        expect(Special.getDataSource).to.equal(Model.getDataSource);
        Special.getDataSource = elsewhere;
        expect(Special.getDataSource).to.equal(elsewhere);
      }
    });
  });

  describe('a tenant’s own model under the name of a routed one', () => {
    const following = () => new DataSource({connector: 'memory', modelRegistry: {registries}}) as AnyDataSource;
    // a builder without options keeps its models apart
    const otherBuilder: AnyModel = new ModelBuilder();
    const WAYS: Record<string, (Routed: AnyModel, Other: AnyModel) => unknown> = {
      'createModel of its datasource': () => (sources.get('acme') as AnyDataSource).createModel('Customer', {mine: String}),
      'createModel of a datasource that follows the running tenant': () => following().createModel('Customer', {mine: String}),
      'define of a builder': () => builder.define('Customer', {mine: String}),
      'define of the tenant’s builder': () =>
        (new ModelBuilder({registries, tenant: 'acme'}) as AnyModel).define('Customer', {mine: String}),
      buildModelFromInstance: () => (sources.get('acme') as AnyDataSource).buildModelFromInstance('Customer', {mine: 'x'}),
      buildModels: () => builder.buildModels({name: 'Customer', properties: {mine: String}}),
      'extend of the routed model itself': Routed => Routed.extend('Customer', {mine: String}),
      'attach of another shared model': (_, Other) => (sources.get('acme') as AnyDataSource).attach(Other),
    };
    for (const [name, make] of Object.entries(WAYS)) {
      it(`by ${name}`, async () => {
        const Routed = loose(sources.route(builder.define('Customer', {name: String})));
        const Other = otherBuilder.define('Customer', {mine: String});
        refused(
          () => TenantContext.run('acme', () => make(Routed, Other)),
          'cannot have a model Customer of its own',
          'another name',
        );
        // and nothing is left of the attempt
        await TenantContext.run('acme', async () => {
          await Routed.create({name: 'Ann'});
          expect((await Routed.findOne()).name).to.equal('Ann');
        });
        expect(registries.for('acme').findByName('Customer')).to.equal(Routed);
      });
    }

    it('by a route, if the tenant has its model already', async () => {
      const Own: AnyModel = (sources.get('acme') as AnyDataSource).createModel('Customer', {mine: String});
      const Model = builder.define('Customer', {name: String});
      refused(() => sources.route(Model), 'Tenant "acme" has a model Customer of its own', 'Rename one');
      expect(await Own.create({mine: 'x'})).to.include({mine: 'x'});
      await registries.offboard('acme');
      expect(sources.route(Model)).to.equal(Model);
    });

    it('by a route at the first use, if the tenant was evicted at the route and comes back', async () => {
      const Own: AnyModel = (sources.get('acme') as AnyDataSource).createModel('Customer', {mine: String});
      registries.shed(Infinity);
      const Model = loose(sources.route(builder.define('Customer', {name: String})));
      const error = await TenantContext.run('acme', () => Model.find()).catch((error: unknown) => error);
      expect(error).to.include({code: 'INVALID_OPTION'});
      expect(await TenantContext.run('globex', () => Model.find())).to.deep.equal([]);
      expect(Own.modelName).to.equal('Customer');
    });
  });
});
