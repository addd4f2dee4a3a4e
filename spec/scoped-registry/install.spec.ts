import {expect} from 'chai';
import {forJuggler, install, ModelRegistry, TenantContext, TenantRegistries, UnsupportedJugglerError} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {NESTED, NESTED_CLASSES} from '../support/structures';
import {keepingConnector} from '../support/keeping-connector';

const MAJORS: Record<string, any> = {
  3.36: require('juggler-3'),
  4: require('juggler-4'),
  5: require('juggler-5'),
  6: require('juggler-6'),
  7: require('loopback-datasource-juggler'),
};

const prototypes = (juggler: any) =>
  [juggler.ModelBuilder, juggler.ModelBuilder.prototype, juggler.DataSource.prototype].map(object =>
    Object.getOwnPropertyDescriptors(object),
  );

for (const [major, juggler] of Object.entries(MAJORS)) {
  describe(`install() makes juggler ${major} accept the registry options`, () => {
    let registries: TenantRegistries;
    let uninstall: () => void;
    const before = {
      builder: juggler.ModelBuilder,
      dataSource: juggler.DataSource,
      prototypes: prototypes(juggler),
      early: new juggler.ModelBuilder(),
    };

    beforeEach(() => {
      registries = new TenantRegistries();
      uninstall = install(juggler, {registries});
    });
    afterEach(() => uninstall());

    it('in its ModelBuilder: a registry, a tenant, the running tenant', () => {
      const registry = new ModelRegistry();
      lookedAt(new juggler.ModelBuilder({registry}).define('A', NESTED()));
      lookedAt(new juggler.ModelBuilder({tenant: 'acme'}).define('B', NESTED()));
      TenantContext.run('acme', () => lookedAt(new juggler.ModelBuilder({registries}).define('C', NESTED())));
      expect(registry.stats()).to.include({models: 1, embeddedModels: 3});
      expect(registries.for('acme').stats()).to.include({models: 2, embeddedModels: 3});
      expect(new juggler.ModelBuilder()).to.be.instanceOf(juggler.ModelBuilder);
      expect(() => new juggler.ModelBuilder({registry: 5}))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    });

    it('in its DataSource, also in a subclass that was made before', async () => {
      class DbDataSource extends before.dataSource {}
      const classes = liveClasses(juggler);
      // a class in a variable of this function would be alive
      const use = async (Class: any) => {
        const dataSource = new Class({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}});
        const M = dataSource.createModel(`M_${Class.name}`, NESTED());
        expect(await M.create({addr: {street: 'x'}})).to.have.property('id');
        expect(registries.for('acme').findByName(M.modelName)).to.equal(M);
      };
      for (const Class of [juggler.DataSource, DbDataSource]) await use(Class);
      expect(await registries.offboard('acme', {verify: true})).to.include({
        models: 2,
        embeddedModels: 3,
        dataSources: 2,
        survivors: 0,
      });
      expect(liveClasses(juggler) - classes).to.equal(0);
    });

    it('a builder without options keeps its own models, and a tenant’s models belong to the tenant, also on builders made before', async () => {
      const classes = liveClasses(juggler);
      const dataSource = new juggler.DataSource({connector: keepingConnector()});
      dataSource.createModel('Own', {});
      const make = (tenant: string) =>
        TenantContext.run(tenant, () => {
          lookedAt(before.early.define('Early', NESTED()));
          lookedAt(dataSource.createModel('Customer', NESTED(), {relations: {own: {type: 'belongsTo', model: 'Own'}}}));
          expect(Object.keys(dataSource.models)).to.include('Customer').and.not.to.include('Own');
        });
      ['a', 'b'].forEach(make);
      expect(Object.keys(dataSource.models)).to.deep.equal(['Own']);
      expect(Object.keys(before.early.models)).to.deep.equal([]);
      for (const tenant of ['a', 'b'])
        expect(await registries.offboard(tenant, {verify: true})).to.include({models: 2, embeddedModels: 6, survivors: 0});
      expect(liveClasses(juggler) - classes).to.equal(1);
    });

    it('the options of builders without options can be chosen', () => {
      uninstall();
      uninstall = install(juggler, {registries, defaults: () => ({registries, tenant: 'chosen'})});
      new juggler.DataSource({connector: keepingConnector()}).createModel('M', {});
      expect(registries.for('chosen').findByName('M')).to.be.a('function');
    });

    it('a second install() is an error, and the undo leaves juggler as it was', () => {
      expect(() => install(juggler, {registries}))
        .to.throw()
        .with.property('code', 'ALREADY_INSTALLED');
      const dataSource = new juggler.DataSource({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}});
      uninstall();
      uninstall();
      expect(juggler.ModelBuilder).to.equal(before.builder);
      expect(prototypes(juggler)).to.deep.equal(before.prototypes);
      // what was made in between keeps its registry
      dataSource.createModel('Late', {});
      expect(registries.for('acme').findByName('Late')).to.be.a('function');
      uninstall = install(juggler, {registries});
    });
  });

  describe(`forJuggler() makes classes for juggler ${major}`, () => {
    it('that work like the package’s own classes, and changes nothing in that juggler', async () => {
      const registries = new TenantRegistries();
      const original = prototypes(juggler);
      const {ModelBuilder, DataSource} = forJuggler(juggler);
      const classes = liveClasses(juggler);
      const dataSource = new DataSource({connector: keepingConnector(), modelRegistry: {registries, tenant: 'acme'}}) as any;
      expect(dataSource).to.be.instanceOf(juggler.DataSource);
      expect(new ModelBuilder({registries})).to.be.instanceOf(juggler.ModelBuilder);
      const Customer = dataSource.createModel('Customer', NESTED());
      const made = await Customer.create({addr: {street: 'x', geo: {lat: 1, lng: 2}}, items: [{sku: 'a'}]});
      expect((await Customer.findById(made.id)).toJSON()).to.deep.equal(made.toJSON());
      expect(registries.stats().models).to.equal(NESTED_CLASSES);
      expect(prototypes(juggler)).to.deep.equal(original);
      await registries.offboard('acme');
      // the instance that this function holds, and so its class and the embedded ones of its values
      expect(liveClasses(juggler) - classes).to.be.above(0);
    });
  });
}

class OldPromise {
  static version = '3.5.5';
}

describe('install() refuses', () => {
  const supported = / is not supported: 3\.36 and majors 4 to 7 are\.$/;
  const other = (version: string | undefined) => ({...MAJORS[7], version});
  const REFUSED: Record<string, readonly [value: unknown, message: RegExp]> = {
    nothing: [undefined, /Pass the exports of a loopback-datasource-juggler/],
    'something else': [{ModelBuilder: class {}}, /Pass the exports of a loopback-datasource-juggler/],
    'juggler 2': [other('2.58.1'), supported],
    'juggler 3.35': [other('3.35.0'), supported],
    'juggler 8': [other('8.0.0-alpha.1'), supported],
    'a juggler that does not say its version': [other(undefined), supported],
    'a bluebird that loses the context': [
      {...MAJORS['3.36'], ModelBaseClass: {notifyObserversOf: () => new OldPromise()}, version: '3.36.1'},
      /^The bluebird 3\.5\.5 of loopback-datasource-juggler 3\.36\.1 loses the running tenant .* npm update bluebird\.$/,
    ],
  };
  for (const [what, [value, message]] of Object.entries(REFUSED)) {
    it(`${what}, with an error that says so`, () => {
      for (const call of [
        () => install(value as never, {registries: new TenantRegistries()}),
        () => forJuggler(value as never),
      ]) {
        expect(call).to.throw(UnsupportedJugglerError, message).with.property('code', 'UNSUPPORTED_JUGGLER');
      }
    });
  }
});
