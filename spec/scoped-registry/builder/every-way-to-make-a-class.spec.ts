/* eslint max-lines: off -- one behaviour, in one file; most of it is a list of cases */
import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, TenantContext, TenantRegistries, type ModelRegistry} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {keepingConnector} from '../../support/keeping-connector';
import {liveClasses, nextJob} from '../../support/live-classes';
import {NESTED} from '../../support/structures';

interface Service {
  registries: TenantRegistries;
  builder: any;
  dataSource: any;
  /** A shared model with a datasource, one without, and one of a builder that is bound to the shared registry. */
  Shared: any;
  Detached: any;
  Pinned: any;
  /** Held until after the offboarding. */
  kept: unknown[];
}

interface Way {
  /** Makes classes, and returns the names of those that have one. */
  make: (service: Service) => string[] | Promise<string[]>;
  /** How many embedded classes there are afterwards. */
  embedded: number;
}

/** Of NESTED. */
const PARTS = 3;
const MORE = () => ({more: {deep: {er: String}}});

const ways: Record<string, Way> = {
  define: {make: ({builder}) => made(builder.define('Customer', NESTED())), embedded: PARTS},
  'define of a datasource': {make: ({dataSource}) => made(dataSource.define('Customer', NESTED())), embedded: PARTS},
  createModel: {make: ({dataSource}) => made(dataSource.createModel('Customer', NESTED())), embedded: PARTS},
  resolveType: {
    make({builder}) {
      lookedAt(builder.resolveType([NESTED()])[0]);
      return [];
    },
    embedded: PARTS + 1,
  },
  'names that are not defined yet': {
    make({builder, dataSource}) {
      dataSource.define('Customer', {at: 'Place', all: [{part: ['Part']}]});
      builder.getModel('Order', true);
      return ['Customer', 'Place', 'Part', 'Order'];
    },
    embedded: 1,
  },
  'buildModels, a list': {
    make({builder}) {
      builder.buildModels([
        {name: 'Customer', properties: NESTED()},
        {name: 'Order', properties: MORE()},
      ]);
      return ['Customer', 'Order'];
    },
    embedded: PARTS + 2,
  },
  'buildModels, one schema': {
    make: ({builder}) => made(builder.buildModels({name: 'Customer', properties: NESTED()}).Customer),
    embedded: PARTS,
  },
  'buildModels, anonymous': {
    // the model itself has no name either
    make: ({builder}) => Object.keys(builder.buildModels(NESTED())),
    embedded: PARTS + 1,
  },
  'buildModels, by createModel': {
    make: ({builder, dataSource}) =>
      Object.keys(builder.buildModels([{name: 'Customer', properties: NESTED()}], dataSource.createModel.bind(dataSource))),
    embedded: PARTS,
  },
  buildModelFromInstance: {
    make: ({builder}) => made(builder.buildModelFromInstance('Customer', {a: {b: {c: 1}}, list: [{d: 'e'}]})),
    embedded: 3,
  },
  'buildModelFromInstance of a datasource': {
    make: ({dataSource}) => made(dataSource.buildModelFromInstance('Customer', {a: {b: {c: 1}}, list: [{d: 'e'}]})),
    embedded: 3,
  },
  discoverAndBuildModels: {
    async make({dataSource}) {
      const table = (name: string) => ({
        name,
        options: {idInjection: false},
        properties: {id: {type: 'Number', id: 1}, ...MORE()},
      });
      dataSource.connector.discoverSchemas = (_name: string, _options: object, done: (error: null, schemas: object) => void) =>
        setImmediate(done, null, {'db.CUSTOMER': table('Customer'), 'db.ORDERS': table('Orders')});
      return new Promise<string[]>((resolve, reject) =>
        dataSource.discoverAndBuildModels('CUSTOMER', {relations: true}, (error: Error | null, models: object) =>
          error ? reject(error) : resolve(Object.keys(models)),
        ),
      );
    },
    embedded: 2,
  },
  attach: {
    make: ({builder, dataSource}) => made(dataSource.attach(builder.define('Customer', NESTED()))),
    embedded: PARTS,
  },
  'attachTo, of a model of a builder without a registry': {
    make({dataSource}) {
      const Customer = new juggler.ModelBuilder().define('Customer', {name: String});
      Customer.attachTo(dataSource);
      return ['Customer'];
    },
    embedded: 0,
  },
  copyModel: {
    make({builder}) {
      const Customer = builder.define('Customer', NESTED());
      const Copy = builder.copyModel(Customer);
      expect(new Copy({addr: {geo: {lat: '1'}}}).addr.geo.lat).to.equal(1);
      return ['Customer'];
    },
    embedded: PARTS,
  },
  'copyModel of a datasource': {
    make({dataSource, builder}) {
      const Copy = dataSource.copyModel(builder.define('Customer', NESTED()));
      expect(new Copy({addr: {geo: {lat: '1'}}}).addr.geo.lat).to.equal(1);
      return ['Customer'];
    },
    embedded: PARTS,
  },
  'copyModel of a shared model': {
    make({builder, dataSource, Shared}) {
      expect(new (builder.copyModel(Shared))({shared: {a: 1}}).shared.a).to.equal('1');
      expect(new (dataSource.copyModel(Shared))({shared: {a: 1}}).shared.a).to.equal('1');
      return [];
    },
    embedded: 0,
  },
  extend: {
    make: ({dataSource}) => ['Customer', ...made(dataSource.define('Customer', NESTED()).extend('Special', MORE()))],
    embedded: PARTS + 2,
  },
  'base, by name': {
    make({builder}) {
      builder.define('Customer', NESTED());
      return ['Customer', ...made(builder.define('Special', MORE(), {base: 'Customer'}))];
    },
    embedded: PARTS + 2,
  },
  'base, by class': {
    make({builder, dataSource}) {
      const Customer = builder.define('Customer', NESTED());
      return ['Customer', ...made(dataSource.define('Special', MORE(), {base: Customer}))];
    },
    embedded: PARTS + 2,
  },
  'base, a shared model by name': {
    make: ({builder}) => made(builder.define('Special', NESTED(), {base: 'Shared'})),
    embedded: PARTS,
  },
  'base, a shared model by class': {
    make: ({builder, Shared}) => made(builder.define('Special', NESTED(), {base: Shared})),
    embedded: PARTS,
  },
  'base of createModel, a shared model': {
    make: ({dataSource}) => made(dataSource.createModel('Special', NESTED(), {base: 'Shared'})),
    embedded: PARTS,
  },
  'base, a shared model without a datasource': {
    make: ({dataSource, Detached}) => made(dataSource.define('Special', NESTED(), {base: Detached})),
    embedded: PARTS,
  },
  'base, a model of a builder bound to the shared registry': {
    make: ({dataSource, Pinned}) => made(dataSource.define('Special', NESTED(), {base: Pinned})),
    embedded: PARTS,
  },
  'parent, a shared model': {
    make: ({builder, Shared}) => made(builder.define('Special', NESTED(), {}, Shared)),
    embedded: PARTS,
  },
  'defaultModelBaseClass, a shared model': {
    make({builder, Shared}) {
      builder.defaultModelBaseClass = Shared;
      return made(builder.define('Special', NESTED()));
    },
    embedded: PARTS,
  },
  'extend of a shared model': {make: ({Shared}) => made(Shared.extend('Special', NESTED())), embedded: PARTS},
  'extend of a shared model without a datasource': {
    make: ({Detached}) => made(Detached.extend('Special', NESTED())),
    embedded: PARTS,
  },
  'extend of a model of a builder bound to the shared registry': {
    make: ({Pinned}) => made(Pinned.extend('Special', NESTED())),
    embedded: PARTS,
  },
  'extend of a tenant’s model that extends a shared one': {
    make({Shared, dataSource}) {
      const Special = Shared.extend('Special', NESTED());
      const Dearest = Special.extend('Dearest', MORE());
      dataSource.attach(Dearest);
      return ['Special', 'Dearest'];
    },
    embedded: PARTS + 2,
  },
  'defineProperty, which builds the model anew': {
    make({builder, dataSource}) {
      const Customer = builder.define('Customer', NESTED());
      builder.defineProperty('Customer', 'one', {type: MORE()});
      builder.extendModel('Customer', {two: [{a: {b: Number}}], three: {c: {d: Date}}});
      dataSource.attach(Customer);
      Customer.defineProperty('four', {type: [{e: [{f: Boolean}]}]});
      Customer.definition.build(true);
      Customer.definition.toJSON(true);
      return ['Customer'];
    },
    embedded: PARTS + 9,
  },
  'a redefinition': {
    make({dataSource}) {
      for (const properties of [MORE(), NESTED(), {...NESTED(), ...MORE()}]) lookedAt(dataSource.define('Customer', properties));
      return ['Customer'];
    },
    embedded: PARTS + 2,
  },
  'foreign keys of belongsTo and hasMany': {
    make({dataSource}) {
      const Customer = dataSource.define('Customer', NESTED());
      const Order = dataSource.define('Order', MORE());
      Order.belongsTo(Customer);
      Customer.hasMany(Order, {as: 'others', foreignKey: 'otherId'});
      Customer.hasOne(Order, {as: 'first', foreignKey: 'firstId'});
      expect(Object.keys(Order.definition.properties)).to.include.members(['customerId', 'otherId', 'firstId']);
      return ['Customer', 'Order'];
    },
    embedded: PARTS + 2,
  },
  hasAndBelongsToMany: {
    make({dataSource}) {
      const Customer = dataSource.define('Customer', NESTED());
      Customer.hasAndBelongsToMany(dataSource.define('Order', MORE()));
      return ['Customer', 'Order', 'CustomerOrder'];
    },
    embedded: PARTS + 2,
  },
  'embedsOne, embedsMany and referencesMany': {
    make({dataSource}) {
      const [Customer, Address, Tag] = ['Customer', 'Address', 'Tag'].map(name => dataSource.define(name, NESTED()));
      Customer.embedsOne(Address, {property: 'home'});
      Customer.embedsMany(Address, {property: 'places'});
      Customer.referencesMany(Tag);
      expect(Object.keys(Customer.definition.properties)).to.include.members(['home', 'places', 'tagIds']);
      return ['Customer', 'Address', 'Tag'];
    },
    embedded: PARTS,
  },
  'relations in settings, to models that come later': {
    make({dataSource}) {
      const relations = {orders: {type: 'hasMany', model: 'Order'}, groups: {type: 'hasAndBelongsToMany', model: 'Group'}};
      const Customer = dataSource.define('Customer', NESTED(), {relations});
      for (const name of ['Order', 'Group']) dataSource.define(name, MORE());
      expect(Object.keys(Customer.relations)).to.have.members(['orders', 'groups']);
      return ['Customer', 'Order', 'Group', 'CustomerGroup'];
    },
    embedded: PARTS + 2,
  },
  'relations to a shared model': {
    make({dataSource}) {
      const Customer = dataSource.define('Customer', NESTED(), {relations: {of: {type: 'belongsTo', model: 'Shared'}}});
      expect(Object.keys(Customer.definition.properties)).to.include('ofId');
      return ['Customer'];
    },
    embedded: PARTS,
  },
  'a named mixin': {
    make({builder, dataSource}) {
      builder.mixins.define('Stamped', (Model: any) => Model.defineProperty('stamps', {type: MORE()}));
      const Customer = dataSource.define('Customer', NESTED(), {mixins: {Stamped: true}});
      expect(Object.keys(Customer.definition.properties)).to.include('stamps');
      return ['Customer'];
    },
    embedded: PARTS + 3,
  },
  'a model as a mixin': {
    make({builder, dataSource}) {
      const Stamped = builder.define('Stamped', MORE());
      builder.mixins.define('ByName', Stamped);
      const Customer = dataSource.define('Customer', NESTED());
      Customer.mixin(Stamped);
      const Order = dataSource.define('Order', {}, {mixins: {ByName: true}});
      for (const model of [Customer, Order]) expect(Object.keys(model.definition.properties)).to.include('more');
      return ['Stamped', 'Customer', 'Order'];
    },
    embedded: PARTS + 2,
  },
  'the models of a transaction': {
    async make({dataSource, kept}) {
      dataSource.define('Customer', NESTED());
      dataSource.define('Order', MORE(), {relations: {customer: {type: 'belongsTo', model: 'Customer'}}});
      const tx = dataSource.transaction();
      kept.push(tx);
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error) => (error ? reject(error) : resolve());
        tx.models.Customer.create({addr: {geo: {lat: '1'}}}, done);
        tx.models.Order.create({more: {deep: {er: 1}}}, () => {});
        tx.exec(done);
      });
      // what waits for the end of the work would wait for ever: a transaction in memory runs its calls then
      await dataSource.transaction((models: any) => Promise.resolve(void models.Order.create({more: {deep: {er: 2}}}, () => {})));
      return ['Customer', 'Order'];
    },
    embedded: PARTS + 2,
  },
};

function made(model: {modelName: string}): string[] {
  return [model.modelName];
}

/** Called while no tenant runs: the embedded classes must go to the registry of their model. Some names are not defined yet. */
function lookAtAll(registry: ModelRegistry, names: readonly string[]): void {
  for (const name of names) {
    const model = registry.findByName(name);
    if (model) lookedAt(model);
  }
}

const FOLLOWED = 'tenant that a builder follows';

/** Tenants, by how their classes are made. */
const tenants: Record<string, (registries: TenantRegistries) => any> = {
  'tenant of a builder bound to it': registries => new ModelBuilder({registries, tenant: 'tenant of a builder bound to it'}),
  [FOLLOWED]: registries => new ModelBuilder({registries}),
};

describe('A class belongs to its tenant and is dropped with it, whichever way it is made', () => {
  for (const [title, {make, embedded}] of Object.entries(ways)) {
    it(title, async () => {
      await nextJob();
      const registries = new TenantRegistries();
      const shared = new ModelBuilder({registries}) as any;
      const sharedSource = new DataSource('shared', {connector: keepingConnector()}, shared) as any;
      const bystander = new ModelBuilder({registries, tenant: 'bystander'}) as any;
      const common = (() => {
        lookedAt(bystander.define('Customer', NESTED()));
        return {
          registries,
          kept: [] as unknown[],
          Shared: lookedAt(sharedSource.define('Shared', {shared: {a: String}})),
          Detached: lookedAt(shared.define('Detached', {detached: {a: String}})),
          Pinned: lookedAt(new ModelBuilder({registry: registries.shared}).define('Pinned', {pinned: {a: String}})),
        };
      })();
      const before = liveClasses();
      const sharedModels = Object.entries(registries.shared.models);

      for (const [tenant, newBuilder] of Object.entries(tenants)) {
        const builder = newBuilder(registries);
        const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
        common.kept.push(builder, dataSource, dataSource.connector);

        const names = await TenantContext.run(tenant, make, {...common, builder, dataSource});

        const registry = registries.for(tenant);
        lookAtAll(registry, names);
        expect(Object.keys(registry.models), tenant).to.include.members(names);
        for (const name of names)
          expect(registry.findByName(name), name).to.equal(registry.models[name].definition && registry.models[name]);
        expect(registry.stats(), tenant).to.include({embeddedModels: embedded});
        expect(Object.entries(registries.shared.models), tenant).to.deep.equal(sharedModels);
        expect(Object.keys(sharedSource.connector._models), tenant).to.deep.equal(['Shared']);
        // outside the tenant, a datasource that follows tenants shows what is shared
        if (tenant === FOLLOWED) expect(Object.keys(dataSource.connector._models)).to.deep.equal([]);
      }
      expect(registries.for('bystander').stats()).to.include({models: 1, embeddedModels: 3});

      for (const tenant of Object.keys(tenants)) {
        const report = await registries.offboard(tenant, {verify: true});
        expect(report).to.deep.include({tenant, survivors: 0, embeddedModels: embedded, errors: [], hookErrors: []});
      }
      await nextJob();
      expect(liveClasses() - before).to.equal(0);
      expect(new bystander.models.Customer({addr: {geo: {lat: '1'}}}).addr.geo.lat).to.equal(1);
      expect(new common.Shared({shared: {a: 1}}).shared.a).to.equal('1');
      // until here
      expect(common.kept.length).to.be.at.least(6);
      await registries.dispose();
    });
  }
});
