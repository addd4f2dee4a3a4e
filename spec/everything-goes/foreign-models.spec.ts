import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {type AnyDataSource, type AnyModel} from '../support/service';
import {NESTED} from '../support/structures';

const RELATE: Record<string, (from: AnyModel, to: AnyModel) => void> = {
  hasMany: (from, to) => from.hasMany(to, {as: 'things'}),
  belongsTo: (from, to) => from.belongsTo(to, {as: 'things'}),
  hasOne: (from, to) => from.hasOne(to, {as: 'things'}),
  hasAndBelongsToMany: (from, to) => from.hasAndBelongsToMany(to, {as: 'things'}),
  embedsOne: (from, to) => from.embedsOne(to, {as: 'things'}),
  embedsMany: (from, to) => from.embedsMany(to, {as: 'things'}),
  referencesMany: (from, to) => from.referencesMany(to, {as: 'things'}),
  scope: (from, to) => from.scope('things', {}, to),
};

describe('After offboarding, no model of another registry keeps a class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  let tenant = 0;

  for (const [kind, relate] of Object.entries(RELATE)) {
    it(`a shared model with a relation ${kind} to the tenant’s model`, () => spec(kind, relate, keepingDataSource(registries)));
  }

  // juggler refuses the others between datasources: they need a foreign key
  for (const kind of ['embedsOne', 'embedsMany', 'referencesMany', 'scope']) {
    it(`a second tenant’s model with a relation ${kind} to the tenant’s model`, () =>
      spec(kind, RELATE[kind], keepingDataSource(registries, `other-${kind}`)));
  }

  async function spec(kind: string, relate: (from: AnyModel, to: AnyModel) => void, dataSource: AnyDataSource): Promise<void> {
    const code = `tenant-${++tenant}`;
    const Other: AnyModel = dataSource.createModel(`Other${tenant}`, {name: {type: String, required: true}});
    const held = () => [Other.relations, Other.scopes ?? {}, Other, Other.prototype].flatMap(Object.getOwnPropertyNames);
    const [classes, before] = [liveClasses(), held()];
    (() => {
      const target =
        kind.startsWith('embeds') || kind === 'referencesMany' || kind === 'scope'
          ? keepingDataSource(registries, code)
          : dataSource;
      const Thing = TenantContext.run(code, () => lookedAt(target.createModel('Thing', {size: {w: Number}})));
      // a tenant may not change another tenant's model
      if (registries.peek(`other-${kind}`)) relate(Other, Thing);
      else TenantContext.run(code, () => relate(Other, Thing));
      // a later property keeps the property set of that time
      Other.defineProperty('later', {type: Date, required: true});
    })();
    expect(held()).not.to.deep.equal(before);

    const report = await registries.offboard(code, {verify: true});

    expect(report).to.deep.include({survivors: 0, errors: []});
    expect(liveClasses() - classes).to.equal(0);
    expect(Other.relations).not.to.have.property('things');
    // a foreign key refers to no class; juggler leaves it there, and so does this library. The methods that separate what is cached of
    // relations are the same for all classes
    const left = held().filter(
      name => !before.includes(name) && !/later|^include$|^_initProperties$|^_scopeMeta$|^scopes$|^\$?things?I/.test(name),
    );
    expect(left).to.deep.equal([]);
    const other = new Other({});
    other.isValid();
    expect(Object.entries(other.errors)).to.deep.equal([
      ['name', ["can't be blank"]],
      ['later', ["can't be blank"]],
    ]);
  }

  for (const attached of [true, false]) {
    it(`a shared model, ${attached ? '' : 'not '}attached, with the tenant’s model as a mixin`, async () => {
      const dataSource = keepingDataSource(registries);
      const Mixing: AnyModel = (attached ? dataSource : dataSource.modelBuilder)[attached ? 'createModel' : 'define'](
        `Mixing${attached}`,
        {},
      );
      Mixing.mixin(keepingDataSource(registries).createModel('Stays', {s: String}));
      const [before, mixins] = [liveClasses(), [...Mixing._mixins]];
      (() => {
        const Mixed = lookedAt(
          keepingDataSource(registries, `mixed-${attached}`).createModel('Mixed', {size: {w: Number}, name: String}),
        );
        Mixed.mixin(keepingDataSource(registries, `mixed-${attached}`).createModel('Deeper', {x: Number}));
        Mixed.hasMany(Mixed, {as: 'others'});
        Mixed.scope('named', {});
        Mixing.mixin(Mixed);
      })();
      expect(Mixing._mixins.length - mixins.length).to.be.at.least(2);

      const report = await registries.offboard(`mixed-${attached}`, {verify: true});

      expect(report).to.deep.include({survivors: 0, errors: []});
      expect(liveClasses() - before).to.equal(0);
      expect(Mixing._mixins).to.include.members(mixins);
      expect(Mixing.definition.properties).to.include.keys('s', 'name', 'size');
      const mixing = new Mixing({name: 'kept', size: {w: '1'}});
      expect(mixing.toObject()).to.deep.include({name: 'kept', size: {w: '1'}});
      expect(() => (mixing.size = {w: 2}))
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    });
  }

  it('a relation that has the name of a static of the shared model: the static stays', async () => {
    const User = keepingDataSource(registries).createModel('User', {name: String});
    const Settings = keepingDataSource(registries, 'named').createModel('Settings', {dark: Boolean});
    User.embedsMany(Settings, {as: 'settings', property: '_settings'});
    await registries.offboard('named');
    expect(User.settings).to.equal(User.definition.settings);
    expect(await User.create({name: 'Ann'})).to.have.property('name', 'Ann');
  });

  it('a shared model on which a relation of the tenant waits', async () => {
    const dataSource = keepingDataSource(registries);
    const builder = dataSource.modelBuilder;
    const Waited = builder.define('Waited', {name: String});
    const before = liveClasses();
    TenantContext.run('waiting', () => {
      const relations = {waited: {type: 'belongsTo', model: 'Waited'}};
      lookedAt(dataSource.createModel('Waiting', {size: {w: Number}}, {relations}));
    });
    expect(Waited.listeners('dataAccessConfigured')).to.have.lengthOf(1);

    const report = await registries.offboard('waiting', {verify: true});

    expect(report.survivors).to.equal(0);
    expect(liveClasses() - before).to.equal(0);
    expect(Waited.listeners('dataAccessConfigured')).to.deep.equal([]);
  });

  it('a shared datasource to which a tenant’s class was attached while no tenant was running', async () => {
    const dataSource = keepingDataSource(registries);
    const before = liveClasses();
    (() => {
      const Strayed = lookedAt(keepingDataSource(registries, 'strayed').createModel('Strayed', {size: {w: Number}}));
      dataSource.attach(Strayed);
    })();
    expect(registries.for('another').findByName('Strayed')).to.equal(undefined);

    await registries.offboard('strayed', {verify: true});

    expect(liveClasses() - before).to.equal(0);
    expect(registries.shared.findByName('Strayed')).to.equal(undefined);
    expect(dataSource.connector._models).not.to.have.property('Strayed');
  });

  it('a shared model that was attached to the tenant’s datasource still works', async () => {
    const Shared = keepingDataSource(registries).createModel('Attached', {name: String});
    const before = liveClasses();
    const dataSource = keepingDataSource(registries, 'host');
    dataSource.attach(Shared);
    await Shared.create({name: 'x'});

    const report = await registries.offboard('host', {verify: true});

    expect(report.errors).to.deep.equal([]);
    expect(liveClasses() - before).to.equal(0);
    expect(new Shared({name: 'y'}).name).to.equal('y');
  });

  it('a value type, which is process-wide: its name means what it meant before', async () => {
    const before = liveClasses();
    const builder = new ModelBuilder({registries, tenant: 'typist'}) as any;
    (() => {
      const Point = lookedAt(builder.define('Point', NESTED()));
      builder.defineValueType(Point, ['Spot', 'GeoPoint']);
      expect(builder.resolveType('spot')).to.equal(Point);
    })();

    expect(await registries.offboard('typist', {verify: true})).to.include({survivors: 0});

    expect(liveClasses() - before).to.equal(0);
    const other = new ModelBuilder({registries, tenant: 'other'}) as any;
    expect(other.resolveType('geopoint')).to.equal((juggler as any).GeoPoint);
    expect(juggler.ModelBuilder).not.to.have.nested.property('schemaTypes.spot');
  });
});
