import {expect} from 'chai';
import {DataSource as OwnDataSource, ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {DataSource, ModelRegistry, ModelRegistryProxy} from '../../lib/compat';
import {freshDefault} from '../support/process-default';
import type {AnyDataSource, AnyModel} from '../support/service';

const juggler = require('loopback-datasource-juggler');

describe('The models of an owner', () => {
  freshDefault();
  const newDataSource = (): AnyDataSource => new DataSource({connector: 'memory'});
  let dataSource: AnyDataSource;
  let app: object;
  beforeEach(() => {
    dataSource = newDataSource();
    app = {models: {}, middleware: {}};
  });

  it('are the models that were defined, created or attached on a datasource, not all models of its builder', () => {
    const made = [dataSource.createModel('One', {part: {a: String}}), dataSource.define('Two', {a: String})];
    const detached = dataSource.modelBuilder.define('Three', {a: String});
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.have.members(made);
    dataSource.attach(detached);
    expect(ModelRegistry.getModelNamesForOwner(dataSource)).to.have.members(['One', 'Two', 'Three']);
    expect(ModelRegistry.getModelForOwner(dataSource, 'Three')).to.equal(detached);
    expect(ModelRegistry.hasModelForOwner(dataSource, 'Three')).to.equal(true);
    expect(ModelRegistry.hasModelForOwner(dataSource, 'Four')).to.equal(false);
    expect(ModelRegistry.hasModelForOwner(dataSource, 'toString')).to.equal(false);
  });

  it('are separate for two datasources with the same model names, also for stock datasources', () => {
    for (const make of [newDataSource, () => new juggler.DataSource({connector: 'memory'})]) {
      const [one, other] = [make(), make()];
      const models = [one, other].map((each: AnyDataSource) => each.createModel('User', {name: String}));
      [one, other].forEach((each, index) => {
        for (const type of ['', 'WithType'] as const) {
          const call = (name: string, ...args: unknown[]) =>
            (ModelRegistry as any)[`${name}${type}`](each, ...args, ...(type ? ['dataSource'] : []));
          expect(call('getModelForOwner', 'User')).to.equal(models[index]);
          expect(call('hasModelForOwner', 'User')).to.equal(true);
          expect(call('getModelsForOwner')).to.deep.equal([models[index]]);
          expect(call('getModelNamesForOwner')).to.deep.equal(['User']);
        }
      });
    }
  });

  for (const [kind, make] of Object.entries({
    '/compat': newDataSource,
    'this package': () => new OwnDataSource({connector: 'memory'}) as AnyDataSource,
  })) {
    it(`belong to one datasource at a time: that of the last attach, on a DataSource of ${kind}`, () => {
      const all = [make(), make(), make()];
      const namesOf = () => all.map(each => ModelRegistry.getModelNamesForOwner(each));
      const model = all[0].createModel('User', {name: String});
      expect(namesOf()).to.deep.equal([['User'], [], []]);
      for (const index of [1, 2, 0, 2]) {
        all[index].attach(model);
        expect(namesOf()).to.deep.equal(all.map((_, each) => (each === index ? ['User'] : [])));
      }
    });
  }

  it('belong to the datasource or the application that code has assigned: one is found at once, lists show it once it is registered', () => {
    const other = newDataSource();
    const model = dataSource.createModel('User', {name: String});
    const found = () => [dataSource, other, app].map(each => ModelRegistry.getModelForOwner(each, 'User'));
    const listed = () => [dataSource, other, app].map(each => ModelRegistry.getModelsForOwner(each)[0]);
    expect(listed()).to.deep.equal([model, undefined, undefined]);
    other.attach(model);
    expect(listed()).to.deep.equal([undefined, model, undefined]);
    model.dataSource = dataSource;
    expect(found()).to.deep.equal([model, undefined, undefined]);
    ModelRegistry.registerModel(model);
    expect(listed()).to.deep.equal([model, undefined, undefined]);
    model.app = app;
    expect(found()).to.deep.equal([undefined, undefined, model]);
    ModelRegistry.registerModel(model);
    expect(listed()).to.deep.equal([undefined, undefined, model]);
  });

  it('belong to the application that has taken them over from their datasource', () => {
    const model = dataSource.createModel('User', {name: String});
    expect(ModelRegistry.registerModelForApp(app, model)).to.equal(model);
    expect(model.app).to.equal(app);
    expect(ModelRegistry.getModelsForOwner(app)).to.deep.equal([model]);
    expect(ModelRegistry.getModelForOwner(app, 'User')).to.equal(model);
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.deep.equal([]);
    expect(ModelRegistry.hasModelForOwner(dataSource, 'User')).to.equal(false);
    // asked for by type it counts for both
    expect(ModelRegistry.getModelForOwnerWithType(dataSource, 'User', 'dataSource')).to.equal(model);
    expect(ModelRegistry.getModelForOwnerWithType(app, 'User', 'app')).to.equal(model);
  });

  it('belong to the application in their property app, without a registration', () => {
    const shared: AnyDataSource = new DataSource({connector: 'memory', modelRegistry: {}});
    const model = shared.createModel('User', {name: String});
    model.app = app;
    expect(ModelRegistry.getModelsForOwner(app)).to.deep.equal([model]);
    expect(ModelRegistry.hasModelForOwner(app, 'User')).to.equal(true);
  });

  it('are only those that the running tenant may see', () => {
    const model = TenantContext.run('acme', () => ModelRegistry.registerModelForApp(app, dataSource.createModel('User')));
    const seen = () => [ModelRegistry.getModelForOwner(app, 'User'), ...ModelRegistry.getModelsForOwner(app)];
    expect(TenantContext.run('acme', seen)).to.deep.equal([model, model]);
    expect(TenantContext.run('globex', seen)).to.deep.equal([undefined]);
    expect(seen()).to.deep.equal([undefined]);
  });

  it('come in the same frozen array until they change', () => {
    dataSource.createModel('One');
    const models = ModelRegistry.getModelsForOwner(dataSource);
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.equal(models).and.to.be.frozen;
    expect(ModelRegistry.getModelsForOwnerWithType(dataSource, 'dataSource')).to.equal(models);
    dataSource.createModel('Two');
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.have.lengthOf(2);
    dataSource.createModel('Two');
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.include(dataSource.models.Two);
  });

  it('are none for a value that is no owner', () => {
    for (const owner of [undefined, null, 0, 'acme', {}, Object.create(null)]) {
      expect(ModelRegistry.getModelsForOwner(owner)).to.deep.equal([]);
      expect(ModelRegistry.getModelNamesForOwner(owner)).to.deep.equal([]);
      expect(ModelRegistry.hasModelForOwner(owner, 'One')).to.equal(false);
      expect(ModelRegistry.getModelForOwner(owner, 'One')).to.equal(undefined);
    }
    expect(ModelRegistry.getModelsForOwnerWithType(dataSource, 'other' as never)).to.deep.equal([]);
    expect(ModelRegistry.getModelNamesForOwnerWithType(dataSource, null)).to.deep.equal([]);
    expect(ModelRegistry.hasModelForOwnerWithType(dataSource, 'One', null)).to.equal(false);
  });

  it('depend on the type of the owner, which is recognized by its members', () => {
    const type = (owner: unknown) => ModelRegistry._detectOwnerType(owner);
    class LoopBackApplication {}
    const appLike = Object.assign(() => {}, {use() {}, listen() {}});
    for (const owner of [dataSource, new juggler.DataSource({connector: 'memory'}), {connector: {}}, {modelBuilder: {}}])
      expect(type(owner)).to.equal('dataSource');
    for (const owner of [
      app,
      appLike,
      {registry: {}},
      {dataSources: {}},
      {model() {}},
      new LoopBackApplication(),
      new ModelBuilder(),
    ])
      expect(type(owner)).to.equal('app');
    for (const owner of [null, undefined, 7, 'app', {}, () => {}, Object.create(null), {use() {}}])
      expect(type(owner)).to.equal(null);
  });

  it('that are objects standing for classes belong to the datasource that they name, until it disconnects', async () => {
    const model = {modelName: 'Double', dataSource};
    ModelRegistry.registerModel(model);
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.deep.equal([model]);
    expect(ModelRegistry.findModelByName('Double')).to.equal(model);
    await dataSource.disconnect();
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.deep.equal([]);
    ModelRegistry.registerModel(model);
    const One = dataSource.createModel('One');
    expect(ModelRegistry.cleanupTenant('ds_memory', dataSource)).to.equal(1);
    expect(ModelRegistry.getModelsForOwner(dataSource)).to.deep.equal([One]);
  });

  it('of a datasource stay when it disconnects, because it may connect again; the callback is called', done => {
    dataSource.createModel('One');
    dataSource.disconnect(() => {
      expect(ModelRegistry.getModelNamesForOwner(dataSource)).to.deep.equal(['One']);
      done();
    });
  });
});

describe('A ModelRegistryProxy', () => {
  freshDefault();
  let dataSource: AnyDataSource;
  let app: AnyModel;
  let models: Record<string, AnyModel>;
  beforeEach(() => {
    dataSource = new DataSource({connector: 'memory'});
    app = {models: {}};
    models = new ModelRegistryProxy(dataSource, 'dataSource') as never;
    dataSource.createModel('One', {part: {a: String}});
    dataSource.createModel('Two');
  });

  it('reads as an object of models by name', () => {
    const {One, Two} = dataSource.models;
    expect(models.One).to.equal(One);
    expect(models.Three).to.equal(undefined);
    expect('One' in models).to.equal(true);
    expect('Three' in models).to.equal(false);
    expect(Object.keys(models)).to.deep.equal(['One', 'Two']);
    expect(Object.values(models)).to.deep.equal([One, Two]);
    expect(Object.entries(models)).to.deep.equal([
      ['One', One],
      ['Two', Two],
    ]);
    expect({...models}).to.deep.equal({One, Two});
    const names = [];
    for (const name in models) names.push(name);
    expect(names).to.deep.equal(['One', 'Two']);
    const {hasOwnProperty} = models;
    expect(['One', 'Three'].map(name => hasOwnProperty(name))).to.deep.equal([true, false]);
    for (const name of ['toJSON', 'isPrototypeOf', 'then', Symbol.iterator]) expect(models[name as string]).to.equal(undefined);
  });

  it('has some methods of a list, which a model of the same name hides', () => {
    const {One, Two} = dataSource.models;
    expect(models.length).to.equal(2);
    expect(models.map((model: unknown, name: string, all: unknown) => [model, name, all === models])).to.deep.equal([
      [One, 'One', true],
      [Two, 'Two', true],
    ]);
    expect(models.filter((_model: unknown, name: string) => name === 'Two')).to.deep.equal([Two]);
    const seen: string[] = [];
    models.forEach((_model: unknown, name: string) => void seen.push(name));
    expect(seen).to.deep.equal(['One', 'Two']);
    expect(models.keys()).to.deep.equal(['One', 'Two']);
    expect(models.values()).to.deep.equal([One, Two]);
    expect(models.entries()).to.deep.equal(Object.entries(models));
    expect(models.valueOf()).to.deep.equal(['One', 'Two']);
    expect((models as any).toString()).to.equal('[ModelRegistryProxy:dataSource]');
    const values = dataSource.createModel('values');
    expect(models.values).to.equal(values);
  });

  it('attaches and registers a class that is assigned to it', () => {
    'use strict';
    const model = new ModelBuilder({registries: TenantRegistries.default}).define('Three', {name: String}) as AnyModel;
    models.Three = model;
    expect(model.dataSource).to.equal(dataSource);
    expect(models.Three).to.equal(model);
    expect(ModelRegistry.findModelByName('Three')).to.equal(model);
    const apps = new ModelRegistryProxy(app, 'app');
    apps.Three = model;
    expect(apps.Three).to.equal(model);
    expect(models.Three).to.equal(undefined);
  });

  it('registers an assigned object that stands for a class; without a name the object gets the key as its name', () => {
    const model = {} as AnyModel;
    models.Double = model;
    expect(model).to.deep.equal({modelName: 'Double', dataSource});
    expect(models.Double).to.equal(model);
    expect(() => (models.Text = 'text')).to.throw(TypeError);
    expect(() => ((models as any)[Symbol('key')] = {})).to.throw(TypeError);
  });

  it('removes a deleted model from the registry too: its name, structure and class', () => {
    const model = {modelName: 'Double', definition: {properties: {double: String}}};
    models.Double = model;
    delete models.One;
    delete models.Double;
    delete models.Nothing;
    expect(Object.keys(models)).to.deep.equal(['Two']);
    expect(dataSource.models.One).to.equal(undefined);
    for (const name of ['One', 'Double']) expect(ModelRegistry.findModelByName(name)).to.equal(undefined);
    expect(ModelRegistry.findModelByStructure({double: String})).to.equal(null);
    dataSource.modelBuilder.deleteModelByName('Two');
    expect(Object.keys(models)).to.deep.equal([]);
  });

  it('uses the owner type that it was made with, also when the owner looks like the other type', () => {
    const both = {connector: {}, models: {}};
    const model = ModelRegistry.registerModelForApp(both, {modelName: 'Double'});
    expect(new ModelRegistryProxy(both, 'app').Double).to.equal(model);
    expect(new ModelRegistryProxy(both, 'dataSource').Double).to.equal(undefined);
  });

  it('requires an owner and one of the two types', () => {
    expect(() => new ModelRegistryProxy(undefined as never, 'app'))
      .to.throw(/requires an owner/)
      .with.property('code', 'INVALID_OPTION');
    expect(() => new ModelRegistryProxy(app, 'other' as never))
      .to.throw(/must be 'dataSource' or 'app'/)
      .with.property('code', 'INVALID_OPTION');
  });

  it('shows a tenant’s models on a shared datasource to that tenant only', () => {
    const shared = new DataSource({connector: 'memory', modelRegistry: {}}) as AnyDataSource;
    const all = new ModelRegistryProxy(shared, 'dataSource');
    TenantContext.run('acme', () => shared.createModel('Own'));
    expect(all.Own).to.equal(undefined);
    TenantContext.run('acme', () => expect(Object.keys(all)).to.deep.equal(['Own']));
  });
});
