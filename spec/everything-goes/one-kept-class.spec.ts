import {expect} from 'chai';
import {TenantRegistries, type ModelRegistry} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {keepingDataSource} from '../support/keeping-connector';
import {liveClasses, nextJob} from '../support/live-classes';
import {isLong} from '../support/long-form';
import type {AnyDataSource, AnyModel} from '../support/service';
import {NESTED} from '../support/structures';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';

/** What user code keeps of a tenant: one class, or one instance, which has one class. */
const KEPT: Record<string, (dataSource: AnyDataSource) => unknown> = {
  'a class': dataSource => lookedAt(dataSource.createModel('Kept', NESTED())),
  'a class that no code has looked at': dataSource => dataSource.createModel('Kept', NESTED()),
  'an embedded class with another within': dataSource =>
    lookedAt(dataSource.createModel('Outer', NESTED())).definition.properties.addr.type,
  'a class that was redefined in the same turn': dataSource => {
    const Kept = lookedAt(dataSource.createModel('Kept', NESTED()));
    lookedAt(dataSource.createModel('Kept', {name: String, ...NESTED()}));
    return Kept;
  },
  'a class that was redefined before any code looked at it': dataSource => {
    const Kept = dataSource.createModel('Kept', NESTED());
    dataSource.createModel('Kept', {name: String});
    return Kept;
  },
  'a class that was redefined in the same turn, and used since': dataSource => {
    const Kept = lookedAt(dataSource.createModel('Kept', NESTED()));
    dataSource.createModel('Kept', {name: String});
    Kept.observe('access', async () => void dataSource.models.Kept);
    void new Kept({addr: {street: 's'}}).addr;
    return Kept;
  },
  'a class whose name was deleted': dataSource => {
    const Kept = lookedAt(dataSource.createModel('Kept', NESTED()));
    dataSource.modelBuilder.deleteModelByName('Kept');
    return Kept;
  },
  'a class with relations and scopes': dataSource => {
    const [Kept, Other] = ['Kept', 'Other'].map(name => lookedAt(dataSource.createModel(name, {name: String, ...NESTED()})));
    Kept.hasMany(Other, {as: 'others'});
    Other.belongsTo(Kept, {as: 'kept'});
    Kept.embedsOne(Other, {as: 'part'});
    Kept.scope('named', {where: {name: 'x'}}, Other);
    return Kept;
  },
  'a redefined class with relations and scopes': dataSource => {
    const [Kept, Other] = ['Kept', 'Other'].map(name => lookedAt(dataSource.createModel(name, {name: String, ...NESTED()})));
    Kept.hasMany(Other, {as: 'others'});
    Kept.embedsOne(Other, {as: 'part'});
    Kept.scope('named', {where: {name: 'x'}}, Other);
    dataSource.createModel('Kept', {name: String});
    return Kept;
  },
  'a class with a base': dataSource => {
    const Base = lookedAt(dataSource.createModel('Base', NESTED()));
    return lookedAt(dataSource.createModel('Kept', {name: String}, {base: Base}));
  },
  'a class with a base, whose name is no identifier': dataSource => {
    const Base = lookedAt(dataSource.createModel('Base', NESTED()));
    return lookedAt(dataSource.createModel('Kept +', {name: String}, {base: Base}));
  },
  'a class with a property named constructor': dataSource =>
    lookedAt(dataSource.createModel('Kept', {...NESTED(), constructor: String})),
  'the base of a class': dataSource => {
    const Kept = lookedAt(dataSource.createModel('Kept', NESTED()));
    lookedAt(Kept.extend('Sub', {more: {deep: String}}));
    return Kept;
  },
  'a class with mixins': dataSource => {
    const [Kept, Other] = ['Kept', 'Other'].map(name => lookedAt(dataSource.createModel(name, NESTED())));
    Kept.mixin(Other);
    return Kept;
  },
  'an instance': dataSource => new (dataSource.createModel('Kept', {name: String}))({name: 'x'}),
  'an instance of a redefined class': dataSource => {
    const Kept = dataSource.createModel('Kept', {name: String, ...NESTED()});
    const kept = new Kept({name: 'x'});
    dataSource.createModel('Kept', {name: Number});
    return kept;
  },
};

/** How its registry ends. */
const ENDS: Record<string, (registries: TenantRegistries) => Promise<unknown>> = {
  async offboard(registries) {
    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 1});
  },
  reload: registries => registries.reload('acme'),
};

describe('What user code keeps of an ended tenant', () => {
  for (const embedded of ['light', 'stock'] as const) {
    for (const [index, [what, keep]] of Object.entries(KEPT).entries()) {
      for (const [round, [how, end]] of Object.entries(ENDS).entries()) {
        // the short form takes each with one of the ends, in turn
        if (!isLong && (index + round + Number(embedded === 'light')) % 2 === 1) continue;
        it(`${what} (${embedded}, ${how}) keeps itself alone alive, and is found once`, () => spec(embedded, keep, end));
      }
    }
  }

  async function spec(
    embedded: 'light' | 'stock',
    keep: (dataSource: AnyDataSource) => unknown,
    end: (registries: TenantRegistries) => Promise<unknown>,
  ): Promise<void> {
    const registries = new TenantRegistries({embedded});
    const before = liveClasses();
    const [kept, registry] = ((): [unknown, WeakRef<ModelRegistry>] => {
      const value = keep(keepingDataSource(registries, 'acme'));
      keepingDataSource(registries, 'acme').createModel('Bystander', NESTED());
      return [value, new WeakRef(registries.for('acme'))];
    })();
    await nextJob();

    await end(registries);
    await nextJob();

    expect(liveClasses() - before).to.equal(1);
    await nextJob();
    collectGarbage();
    const leaks = registries.findLeaks();
    expect(leaks.map(({classes, registry}) => ({classes, registry}))).to.deep.equal([{classes: 1, registry: false}]);
    await nextJob();
    collectGarbage();
    expect(registry.deref()).to.equal(undefined);
    const model = (typeof kept === 'function' ? kept : (kept as object).constructor) as AnyModel;
    expect(() => new model())
      .to.throw()
      .with.property('code')
      .that.is.oneOf(['TENANT_OFFBOARDED', 'REGISTRY_DISPOSED']);
    await registries.dispose();
  }
});
