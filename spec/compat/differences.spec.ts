import {expect} from 'chai';
import {install, ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import * as compat from '../../lib/compat';
import {
  arePropertiesEquivalent,
  DataSource,
  findEquivalentAnonymousModel,
  getCurrentTenant,
  ModelRegistry,
  ModelRegistryProxy,
  registryManager,
} from '../../lib/compat';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import type {AnyDataSource, AnyModel} from '../support/service';
import {outcomeOf, readDifferences} from '../support/table-of-differences';

const juggler = require('loopback-datasource-juggler');
const FORK = 'docs/guides/migrating-from-a-fork.md';

const clock = new FakeClock();
let currentTenant: () => unknown = () => TenantContext.tenant;
const within = <T>(tenant: string, work: () => T): T => TenantContext.run(tenant, work);
const following = (settings = {}): AnyDataSource => new DataSource({connector: 'memory', modelRegistry: {}, ...settings});
const ofTenant = (tenant: string): AnyDataSource => following({modelRegistry: {tenant}});
const newDataSource = (): AnyDataSource => new DataSource({connector: 'memory'});
const nameOf = (model: any) => model?.modelName ?? model;
const register = (modelName: string, properties?: unknown): any =>
  ModelRegistry.registerModel({modelName, definition: {properties}} as any);
const found = (name: string) => nameOf(ModelRegistry.findModelByName(name));
const foundBy = (structure: unknown, builder?: any) => nameOf(ModelRegistry.findModelByStructure(structure, builder));
const cyclic = () => {
  const properties: Record<string, unknown> = {name: String};
  return Object.assign(properties, {self: {type: properties}});
};
const ofOneName = () => class AnonymousModel_0 {};
const runningAs = <T>(tenant: () => unknown, work: () => T): T => {
  currentTenant = tenant;
  try {
    return work();
  } finally {
    currentTenant = () => TenantContext.tenant;
  }
};
const fail = () => {
  throw Object.assign(new Error('failed'), {code: 'FAILED'});
};
const installed = <T>(work: () => T): T => {
  const uninstall = install(juggler, {registries: TenantRegistries.default});
  try {
    return work();
  } finally {
    uninstall();
  }
};
const twoUsers = () => {
  const dataSources = [newDataSource(), newDataSource()];
  for (const dataSource of dataSources) dataSource.define('User', {name: String});
  return dataSources;
};

/** What each row of the guide says, as something to run. */
const ROWS: Record<string, () => unknown> = {
  'findModelByName of a model of another tenant': () => {
    ofTenant('acme').define('Secret', {name: String});
    return within('globex', () => found('Secret'));
  },
  'findModelByName of a name that two datasources have, while no tenant runs: the datasource that is found': () => {
    const [first] = twoUsers();
    return (ModelRegistry.findModelByName('User') as AnyModel).dataSource === first ? 'first' : 'last';
  },
  "findModelByStructure of another tenant's embedded class, while no tenant runs": () => {
    ofTenant('acme').define('Customer', {address: {street: String}});
    return foundBy({street: String});
  },
  'findModelByStructure({age: String}) after {age: Number} was defined': () => {
    newDataSource().define('Customer', {part: {age: Number}});
    expect(foundBy({age: Number})).to.match(/^AnonymousModel/);
    return foundBy({age: String});
  },
  'findModelByStructure of an embedded class, its keys in another order': () => {
    newDataSource().define('Customer', {part: {a: Number, b: String}});
    return foundBy({b: String, a: Number});
  },
  'findModelByStructure with the structure of a class that was redefined since': () => {
    const dataSource = newDataSource();
    const {properties} = dataSource.define('Customer', {a: Number}).definition;
    expect(foundBy(properties)).to.equal('Customer');
    dataSource.define('Customer', {b: Number});
    return foundBy(properties);
  },
  "findModelByStructure('abc'), when a model without properties is registered": () => (register('Bare'), foundBy('abc')),
  'a nested object with the structure of a named model: its class is an embedded one': () => {
    newDataSource().define('Address', {street: String}, {idInjection: false});
    const {home} = newDataSource().define('Customer', {home: {street: String}}).definition.properties;
    return /^AnonymousModel/.test(home.type.modelName);
  },
  'classes of one structure, after a strict and a lax builder took 100 turns': () => {
    const builders: any[] = [true, false].map(strictEmbeddedModels =>
      Object.assign(new ModelBuilder({registries: TenantRegistries.default}), {settings: {strictEmbeddedModels}}),
    );
    const classes = new Set();
    for (let turn = 0; turn < 100; turn++) for (const builder of builders) classes.add(builder.resolveType({street: String}));
    return classes.size;
  },
  'registries after 1,000 look-ups for unknown tenants': () => {
    for (let index = 0; index < 1_000; index++) within(`tenant${index}`, () => found('Nothing'));
    return ModelRegistry.getStats().tenantRegistries;
  },
  'a look-up while the code trap runs': () => within('trap', () => found('Nothing')),
  'a look-up while the number 7 runs as a tenant': () =>
    runningAs(
      () => 7,
      () => found('Nothing'),
    ),
  'a look-up while currentTenant throws FAILED': () => runningAs(fail, () => found('Nothing')),
  'parentRef of the builder counts in findModelByStructure when NODE_ENV is test': () => {
    register('Customer', {name: String});
    const {NODE_ENV} = process.env;
    process.env.NODE_ENV = 'test';
    const counts = foundBy({name: String}, {settings: {parentRef: true}}) === null;
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
    return counts;
  },

  "two datasources of one configuration, both with a User: names of the first one's models after its next define, Order": () => {
    const [first] = twoUsers();
    first.define('Order', {total: Number});
    return ModelRegistry.getModelNamesForOwner(first);
  },
  "hasModelForOwnerWithType(second, 'User', 'dataSource') of these": () =>
    ModelRegistry.hasModelForOwnerWithType(twoUsers()[1], 'User', 'dataSource'),
  "names of a datasource's models after disconnect()": async () => {
    const dataSource = newDataSource();
    dataSource.define('User', {name: String});
    await dataSource.disconnect();
    return ModelRegistry.getModelNamesForOwner(dataSource);
  },
  "names of an application's models of another tenant": () => {
    const app = {models: {}};
    within('acme', () => ModelRegistry.registerModelForApp(app, following().define('Secret', {name: String})));
    return within('globex', () => ModelRegistry.getModelNamesForOwner(app));
  },
  'the array of getModelsForOwner is frozen': () => Object.isFrozen(ModelRegistry.getModelsForOwner(twoUsers()[0])),
  '_detectOwnerType(Object.create(null))': () => ModelRegistry._detectOwnerType(Object.create(null)),
  'keys that registerModelForApp adds to the application': () => {
    const app = {models: {}};
    ModelRegistry.registerModelForApp(app, {modelName: 'ByHand'});
    return Object.keys(app).filter(key => key !== 'models');
  },
  'type of dataSource._dsId after a define': () => typeof twoUsers()[0]._dsId,

  'classes alive after cleanupTenant of 20 tenants with three embedded classes each, on one datasource': async () => {
    // what earlier specs have left goes first
    for (let job = 0; job < 3; job++) await nextJob();
    const before = liveClasses();
    const dataSource = following();
    for (let index = 0; index < 20; index++)
      within(`tenant${index}`, () => lookedAt(dataSource.define('Customer', {a: {a: String}, b: {b: String}, c: {c: String}})));
    for (let index = 0; index < 20; index++) ModelRegistry.cleanupTenant(`tenant${index}`);
    await nextJob();
    return liveClasses() - before;
  },
  'an instance of a cleaned-up class that code keeps': () => {
    const model = ofTenant('acme').define('Customer', {name: String});
    ModelRegistry.cleanupTenant('acme');
    new model({});
    return 'works';
  },
  "calls of a model's own static cleanup by cleanupTenant": () => {
    let calls = 0;
    ofTenant('acme').define('Order', {total: Number}).cleanup = () => calls++;
    ModelRegistry.cleanupTenant('acme');
    return calls;
  },
  "cleanupTenant('global') with one model that was defined at boot and one that was registered by hand": () => {
    following().define('Boot', {name: String});
    register('ByHand');
    return ModelRegistry.cleanupTenant('global');
  },
  "cleanupTenant of a ds_ code, after the tenant's own clean-up": () => {
    const dataSource = ofTenant('acme');
    dataSource.define('Customer', {name: String});
    ModelRegistry.cleanupTenant('acme');
    return ModelRegistry.cleanupTenant('ds_memory_1a2b3c4d', dataSource);
  },
  "cleanupInactiveTenants(0) while the only tenant's work runs": () =>
    within('acme', () => (register('Customer'), ModelRegistry.cleanupInactiveTenants(0))),
  "registryManager.forceCleanup() while the only tenant's work runs": () =>
    within('acme', () => (register('Customer'), registryManager.forceCleanup())),
  'cleanupInactiveTenants(1000) after 2 s in which only look-ups took place': () => {
    within('acme', () => void register('Customer'));
    for (let second = 0; second < 4; second++) {
      clock.jump(500);
      within('acme', () => found('Customer'));
    }
    return ModelRegistry.cleanupInactiveTenants(1_000);
  },
  'a model that was found after its idle tenant was evicted, if code still holds it': () => {
    const model = ofTenant('acme').define('Customer', {name: String});
    expect(registryManager.forceCleanup()).to.equal(1);
    return within('acme', () => found(model.modelName));
  },
  'registryManager has a timer after the import': () => registryManager.timer !== null,
  'the started timer keeps the process': () => {
    registryManager.startPeriodicCleanup();
    return registryManager.timer!.hasRef();
  },

  'tenantRegistries with one tenant, and two datasources that no tenant used': () => {
    for (const name of ['one', 'other'])
      (new DataSource({name, connector: 'memory'}) as AnyDataSource).define('User', {name: String});
    ofTenant('acme').define('Customer', {name: String});
    return ModelRegistry.getStats().tenantRegistries;
  },
  'modelCount of a tenant with 20 named models of one structure': () => {
    const dataSource = ofTenant('acme');
    for (let index = 0; index < 20; index++) dataSource.define(`Model${index}`, {name: String});
    return ModelRegistry.getStats().tenantStats[0].modelCount;
  },
  'totalModels after a model was defined on the installed juggler': () =>
    installed(() => {
      new juggler.DataSource({connector: 'memory'}).define('User', {name: String});
      return ModelRegistry.getStats().totalModels;
    }),
  'modelCount of a tenant whose model with an embedded one was defined on a ModelBuilder of the installed juggler, and not used yet':
    () =>
      installed(() => {
        within('acme', () => void new juggler.ModelBuilder().define('Customer', {address: {street: String}}));
        return ModelRegistry.getStats().tenantStats[0].modelCount;
      }),
  'isDataSourceBased of a tenant with the code ds_memory_1a2b3c4d': () => {
    TenantRegistries.default.for('ds_memory_1a2b3c4d');
    return ModelRegistry.getTenantRegistryInfo().tenants.ds_memory_1a2b3c4d.isDataSourceBased;
  },
  'a tenant with the code __proto__ is in getTenantRegistryInfo().tenants': () => {
    TenantRegistries.default.for('__proto__');
    return Object.keys(ModelRegistry.getTenantRegistryInfo().tenants).includes('__proto__');
  },
  'getAllModels().size with a model of one name in each of three tenants, while no tenant runs': () => {
    for (const tenant of ['acme', 'globex', 'initech']) ofTenant(tenant).define('Customer', {name: String});
    return ModelRegistry.getAllModels().size;
  },
  'registeredAt is the same in two calls of getAllModels': async () => {
    const time = () => within('acme', () => ModelRegistry.getAllModels().get('Customer')!.registeredAt);
    ofTenant('acme').define('Customer', {name: String});
    const first = time();
    await new Promise(resolve => setTimeout(resolve, 5));
    return time() === first;
  },
  'members that getStats has besides the old six': () => Object.keys(ModelRegistry.getStats()).slice(6),

  'generateFingerprint of a cyclic structure is the same in two calls': () =>
    ModelRegistry.generateFingerprint(cyclic()) === ModelRegistry.generateFingerprint(cyclic()),
  'generateFingerprint({}) is h and 64 hexadecimal digits': () => /^h[0-9a-f]{64}$/.test(ModelRegistry.generateFingerprint({})),
  'generateFingerprint is the same for {age: Number} and {age: String}': () =>
    ModelRegistry.generateFingerprint({age: Number}) === ModelRegistry.generateFingerprint({age: String}),
  'normalizeProperties keeps a function and a date': () => {
    const [make, day] = [() => 1, new Date()];
    const {a} = ModelRegistry.normalizeProperties({a: {type: Number, default: make, since: day}}) as any;
    return a.default === make && a.since === day;
  },
  'normalizeProperties of a cyclic structure': () => ModelRegistry.normalizeProperties(cyclic()) && 'a copy',
  'calculateStructureDepth of a cyclic structure': () => ModelRegistry.calculateStructureDepth(cyclic()),
  'arePropertiesEquivalent of two dates': () => arePropertiesEquivalent({a: new Date(1)}, {a: new Date(2)}),
  'arePropertiesEquivalent of two regular expressions': () => arePropertiesEquivalent({a: /x/}, {a: /y/}),
  'arePropertiesEquivalent of [1] and {0: 1}': () => arePropertiesEquivalent({a: [1]}, {a: {0: 1}}),
  'arePropertiesEquivalent of two types, both classes of one name': () =>
    arePropertiesEquivalent({a: {type: ofOneName()}}, {a: {type: ofOneName()}}),
  'arePropertiesEquivalent of a type that is a model class, and its name': () => {
    const Address = newDataSource().define('Address', {street: String});
    return arePropertiesEquivalent({a: {type: Address}}, {a: {type: 'Address'}});
  },
  "arePropertiesEquivalent of {type: 'string'} and {type: 'String'}": () =>
    arePropertiesEquivalent({type: 'string'}, {type: 'String'}),
  'arePropertiesEquivalent of two cyclic structures': () => arePropertiesEquivalent(cyclic(), cyclic()),
  'findEquivalentAnonymousModel of a model without a definition': () =>
    findEquivalentAnonymousModel(newDataSource().modelBuilder, {modelName: 'Bare', settings: {anonymous: true}}),
  'getCurrentModelBuilder() within a define': () => {
    let builder: unknown;
    const dataSource = newDataSource();
    dataSource.modelBuilder.mixins.define('Look', () => (builder = ModelRegistry.getCurrentModelBuilder()));
    dataSource.define('User', {name: String}, {mixins: {Look: true}});
    return builder;
  },
  'typeof ModelRegistry.isEmbeddedModelStructure, typeof ModelRegistry.areArraysEqual': () =>
    ['isEmbeddedModelStructure', 'areArraysEqual'].map(name => typeof (ModelRegistry as any)[name]),

  'a class that is assigned to a proxy': () => {
    const dataSource = newDataSource();
    const model: AnyModel = new ModelBuilder({registries: TenantRegistries.default}).define('User', {name: String});
    (new ModelRegistryProxy(dataSource, 'dataSource') as AnyModel).User = model;
    return model.dataSource === dataSource && 'attached';
  },
  "delete proxy.User, then 'User' in proxy": () => {
    const proxy = new ModelRegistryProxy(twoUsers()[0], 'dataSource');
    delete proxy.User;
    return 'User' in proxy;
  },
  "findModelByName('User') after deleteModelByName('User')": () => {
    const dataSource = newDataSource();
    dataSource.define('User', {name: String});
    dataSource.deleteModelByName('User');
    return found('User');
  },
  'a model that is called values, read from a proxy': () => {
    const dataSource = newDataSource();
    const model = dataSource.define('values', {name: String});
    return (new ModelRegistryProxy(dataSource, 'dataSource') as AnyModel).values === model ? 'model' : 'function';
  },
  "models that an application's proxy shows of an owner that looks like a datasource": () => {
    const both = {connector: {}, models: {}};
    ModelRegistry.registerModelForApp(both, {modelName: 'Double'});
    return Object.keys(new ModelRegistryProxy(both, 'app'));
  },
  'an embedded class is in dataSource.models': () => {
    const dataSource = newDataSource();
    lookedAt(dataSource.define('Customer', {address: {street: String}}));
    return 'AnonymousModel_0' in dataSource.models;
  },
  "Model.dataSource is what the model's getDataSource returns": () => {
    const [own, other] = [newDataSource(), newDataSource()];
    const model = own.define('User', {name: String});
    model.getDataSource = () => other;
    return model.dataSource === other;
  },
  'getCurrentTenant() while currentTenant throws FAILED': () => runningAs(fail, getCurrentTenant),
  'getCurrentTenant() while the code trap runs': () => within('trap', getCurrentTenant),
};

describe('The tables of differences in the guide for users of a fork', () => {
  freshDefault({clock, max: 2_000, currentTenant: () => currentTenant() as string});
  const differences = readDifferences(FORK, 'the fork');

  it('have a row for each difference that is run here, and no other rows', () => {
    expect(differences.map(({title}) => title)).to.have.members(Object.keys(ROWS));
    expect(differences).to.have.lengthOf(Object.keys(ROWS).length);
  });

  for (const {title, fork, here} of differences) {
    it(`are true: ${title}`, async () => {
      expect(await outcomeOf(ROWS[title])).to.equal(here);
      expect(here).not.to.equal(fork);
    });
  }
});

/** The API of the fork: its members, and what calls of each come to there and here. */
const AS_IN_THE_FORK: Record<string, Record<string, [fork: string, work: () => unknown]>> = {
  registerModel: {
    'returns the model': ["'ByHand'", () => nameOf(register('ByHand'))],
    'does nothing for a value without a name': [
      '[{}, null, 0]',
      () => [ModelRegistry.registerModel({}), ModelRegistry.registerModel(null), ModelRegistry.getStats().totalModels],
    ],
    'replaces the model of a name': [
      'true',
      () => (register('ByHand'), register('ByHand') === ModelRegistry.findModelByName('ByHand')),
    ],
    'replaces the model of a structure': [
      "'Other'",
      () => (register('One', {a: String}), register('Other', {a: String}), foundBy({a: String})),
    ],
    'takes other properties than the model has': [
      "'One'",
      () => (ModelRegistry.registerModel({modelName: 'One'}, {a: String}), foundBy({a: String})),
    ],
  },
  registerModelForApp: {
    'sets the application of the model': [
      'true',
      () => {
        const app = {models: {}};
        return ModelRegistry.registerModelForApp(app, {modelName: 'One'} as AnyModel).app === app;
      },
    ],
    'takes the model over from its datasource': [
      "[[], ['User']]",
      () => {
        const app = {models: {}};
        const dataSource = newDataSource();
        ModelRegistry.getModelsForOwner(dataSource);
        ModelRegistry.registerModelForApp(app, dataSource.define('User'));
        return [dataSource, app].map(owner => ModelRegistry.getModelNamesForOwner(owner));
      },
    ],
    'does nothing without an application': [
      '0',
      () => (ModelRegistry.registerModelForApp(null as never, {modelName: 'One'}), ModelRegistry.getStats().totalModels),
    ],
  },
  findModelByStructure: {
    'finds a named model': ["'One'", () => (register('One', {a: String}), foundBy({a: String}))],
    'finds in any order of keys': ["'One'", () => (register('One', {a: String, b: Number}), foundBy({b: Number, a: String}))],
    'finds null where there is none': ['null', () => foundBy({a: String})],
    'finds no model of another strictness': [
      'null',
      () => (register('One', {a: String}), foundBy({a: String}, {settings: {strictEmbeddedModels: true}})),
    ],
    'counts each hit': [
      '7',
      () => {
        register('One', {a: String});
        for (let time = 0; time < 7; time++) foundBy({a: String});
        foundBy({b: String});
        return ModelRegistry.getStats().reuseCount;
      },
    ],
  },
  findModelByName: {
    'finds a model of no tenant, also for a tenant': [
      "['User', 'User']",
      () => (twoUsers(), [found('User'), within('acme', () => found('User'))]),
    ],
    'finds undefined where there is none': ['undefined', () => found('Nothing')],
    'finds no model of a tenant that was cleaned up': [
      'undefined',
      () =>
        within('acme', () => {
          register('One');
          ModelRegistry.cleanupTenant('acme');
          return found('One');
        }),
    ],
  },
  cleanupTenant: {
    'returns the number of names': [
      '2',
      () => within('acme', () => (register('One'), register('Other'), ModelRegistry.cleanupTenant('acme'))),
    ],
    'returns 0 for unknown, falsy and trap codes': [
      '[0, 0, 0, 0]',
      () => ['nobody', '', undefined, 'trap'].map(code => ModelRegistry.cleanupTenant(code)),
    ],
  },
  cleanupInactiveTenants: {
    'returns the number of registries': [
      '2',
      () => {
        for (const tenant of ['acme', 'globex']) within(tenant, () => register('One'));
        clock.jump(30 * 60_000);
        return ModelRegistry.cleanupInactiveTenants();
      },
    ],
    'leaves the tenants that are not idle for so long': [
      '0',
      () => {
        within('acme', () => register('One'));
        clock.jump(1_000);
        return ModelRegistry.cleanupInactiveTenants(1_001);
      },
    ],
  },
  getStats: {
    'has these members': [
      "['totalModels', 'reuseCount', 'uniqueModels', 'tenantRegistries', 'tenantStats', 'totalTenantModels']",
      () => Object.keys(ModelRegistry.getStats()).slice(0, 6),
    ],
    'has these members of a tenant': [
      "['creationTime', 'idleTime', 'lastAccessed', 'modelCount', 'tenantCode']",
      () => {
        within('acme', () => register('One'));
        return Object.keys(ModelRegistry.getStats().tenantStats[0]).sort();
      },
    ],
    'counts registrations, and equal structures once': [
      '[1000, 50]',
      () => {
        for (let tenant = 0; tenant < 50; tenant++)
          for (let model = 0; model < 20; model++) within(`tenant${tenant}`, () => register(`Model${model}`, {a: String}));
        const {totalModels, totalTenantModels} = ModelRegistry.getStats();
        return [totalModels, totalTenantModels];
      },
    ],
    'counts the models of no tenant in uniqueModels only': [
      '[1, 0, 0]',
      () => {
        register('One', {a: String});
        const {uniqueModels, totalTenantModels, tenantRegistries} = ModelRegistry.getStats();
        return [uniqueModels, totalTenantModels, tenantRegistries];
      },
    ],
  },
  getTenantRegistryInfo: {
    'has these members': [
      "['activeDataSources', 'activeTenants', 'tenants', 'globalModels']",
      () => Object.keys(ModelRegistry.getTenantRegistryInfo()),
    ],
    'lists the names of a tenant and of no tenant': [
      "[['Own'], ['Boot']]",
      () => {
        register('Boot');
        within('acme', () => register('Own'));
        const {tenants, globalModels} = ModelRegistry.getTenantRegistryInfo();
        return [tenants.acme.models, globalModels];
      },
    ],
    'has one number of datasources and tenants': [
      'true',
      () => {
        within('acme', () => register('Own'));
        const {activeDataSources, activeTenants} = ModelRegistry.getTenantRegistryInfo();
        return activeDataSources === activeTenants;
      },
    ],
  },
  getAllModels: {
    'has these members of a model': [
      "['model', 'properties', 'registeredAt', 'tenant']",
      () => within('acme', () => (register('Own'), Object.keys(ModelRegistry.getAllModels().get('Own')!).sort())),
    ],
    'leaves out the models of no tenant': ['0', () => (register('Boot'), ModelRegistry.getAllModels().size)],
  },
  clear: {
    'removes all models': [
      '[undefined, undefined]',
      () => {
        const tenantFinds = () => within('acme', () => found('Own'));
        within('acme', () => register('Own'));
        twoUsers();
        ModelRegistry.clear();
        return [tenantFinds(), found('User')];
      },
    ],
    'sets all counts to zero': [
      '[0, 0, 0, 0, 0]',
      () => {
        within('acme', () => register('Own'));
        twoUsers();
        ModelRegistry.clear();
        const {totalModels, reuseCount, uniqueModels, tenantRegistries, totalTenantModels} = ModelRegistry.getStats();
        return [totalModels, reuseCount, uniqueModels, tenantRegistries, totalTenantModels];
      },
    ],
    'returns undefined': ['undefined', () => ModelRegistry.clear()],
  },
  getModelsForOwner: {
    'returns the models of a datasource': ["['User']", () => ModelRegistry.getModelsForOwner(twoUsers()[0]).map(nameOf)],
    'returns the same array again until it changes': [
      '[true, false]',
      () => {
        const dataSource = twoUsers()[0];
        const list = ModelRegistry.getModelsForOwner(dataSource);
        const isSame = () => ModelRegistry.getModelsForOwner(dataSource) === list;
        const before = isSame();
        dataSource.define('Order');
        return [before, isSame()];
      },
    ],
    'returns an empty array without an owner': [
      '[[], []]',
      () => [ModelRegistry.getModelsForOwner(null), ModelRegistry.getModelsForOwner({})],
    ],
  },
  getModelNamesForOwner: {'returns names': ["['User']", () => ModelRegistry.getModelNamesForOwner(twoUsers()[0])]},
  hasModelForOwner: {
    'says whether there is one': [
      '[true, false, false]',
      () => [
        ModelRegistry.hasModelForOwner(twoUsers()[0], 'User'),
        ModelRegistry.hasModelForOwner(newDataSource(), 'User'),
        ModelRegistry.hasModelForOwner(null, 'User'),
      ],
    ],
  },
  getModelForOwner: {
    'finds the model or undefined': [
      "['User', undefined]",
      () => [nameOf(ModelRegistry.getModelForOwner(twoUsers()[0], 'User')), ModelRegistry.getModelForOwner(null, 'User')],
    ],
  },
  getModelsForOwnerWithType: {
    'returns the models, and none for another type': [
      "[['User'], []]",
      () =>
        ['dataSource', 'other'].map(type => ModelRegistry.getModelsForOwnerWithType(twoUsers()[0], type as never).map(nameOf)),
    ],
  },
  getModelNamesForOwnerWithType: {
    'returns the names, and none for another type': [
      "[['User'], []]",
      () => ['dataSource', 'other'].map(type => ModelRegistry.getModelNamesForOwnerWithType(twoUsers()[0], type as never)),
    ],
  },
  hasModelForOwnerWithType: {
    'counts a model that an application has taken over for both owners': [
      '[true, true]',
      () => {
        const app = {models: {}};
        const dataSource = newDataSource();
        ModelRegistry.registerModelForApp(app, dataSource.define('User'));
        return [
          ModelRegistry.hasModelForOwnerWithType(dataSource, 'User', 'dataSource'),
          ModelRegistry.hasModelForOwnerWithType(app, 'User', 'app'),
        ];
      },
    ],
  },
  getModelForOwnerWithType: {
    'finds the model or undefined': [
      "['User', undefined]",
      () => {
        const dataSource = newDataSource();
        dataSource.define('User');
        return ['User', 'Order'].map(name => nameOf(ModelRegistry.getModelForOwnerWithType(dataSource, name, 'dataSource')));
      },
    ],
  },
  _detectOwnerType: {
    'tells datasources from applications': [
      "['dataSource', 'dataSource', 'app', 'app', 'app', null]",
      () =>
        [newDataSource(), {modelBuilder: {}}, {middleware: {}}, {use() {}, listen() {}}, new ModelBuilder(), {}].map(owner =>
          ModelRegistry._detectOwnerType(owner),
        ),
    ],
  },
  generateFingerprint: {
    'begins with h, and with error- where there is none': [
      '[true, true]',
      () => [
        /^h[0-9a-f]+$/.test(ModelRegistry.generateFingerprint({a: String})),
        /^error-/.test(ModelRegistry.generateFingerprint(cyclic())),
      ],
    ],
    'is invalid-properties for anything but an object': [
      "['invalid-properties', 'invalid-properties']",
      () => [ModelRegistry.generateFingerprint(null), ModelRegistry.generateFingerprint('a')],
    ],
  },
  normalizeProperties: {
    'sorts keys, names types and lists keys': [
      "{ a: { type: 'String' }, b: { type: 'Number' }, __structureKeys: 'a,b' }",
      () => ModelRegistry.normalizeProperties({b: {type: Number}, a: {type: String}}),
    ],
  },
  createHash: {
    'is FNV-1a of 32 bits': [
      "['he40c292c', 'invalid-input']",
      () => [ModelRegistry.createHash('a'), ModelRegistry.createHash('')],
    ],
  },
  determineStructureType: {
    'has four answers': [
      "['simple', 'array', 'complex', 'invalid']",
      () => [{a: String}, [String], {a: {b: String}}, null].map(value => ModelRegistry.determineStructureType(value)),
    ],
  },
  calculateStructureDepth: {
    'counts levels': [
      '[0, 1, 2]',
      () => [{a: 1}, {a: {b: 1}}, {a: {b: {c: 1}}}].map(value => ModelRegistry.calculateStructureDepth(value)),
    ],
  },
  getCurrentModelBuilder: {'is null outside of a define': ['null', () => ModelRegistry.getCurrentModelBuilder()]},
  getCurrentTenant: {
    'is the tenant, or null': ["['acme', null]", () => [within('acme', getCurrentTenant), getCurrentTenant()]],
  },
  arePropertiesEquivalent: {
    'compares in depth, types by name': [
      '[true, true, false]',
      () => [
        arePropertiesEquivalent({a: {type: String}}, {a: {type: String}}),
        arePropertiesEquivalent({type: String}, {type: 'String'}),
        arePropertiesEquivalent({a: 1}, {a: 2}),
      ],
    ],
  },
  findEquivalentAnonymousModel: {
    'finds the embedded class of a builder, or null': [
      '[true, null]',
      () => {
        const builder: any = newDataSource().modelBuilder;
        const type = builder.resolveType({a: String});
        return [
          findEquivalentAnonymousModel(builder, type) === type,
          findEquivalentAnonymousModel(builder, builder.define('Named', {a: String})),
        ];
      },
    ],
  },
  registryManager: {
    'has these settings': ['[300000, 1800000]', () => [registryManager.cleanupInterval, registryManager.maxIdleTime]],
    'starts once, and stops': [
      '[true, true, false]',
      () => {
        registryManager.startPeriodicCleanup();
        const {timer} = registryManager;
        registryManager.startPeriodicCleanup();
        const isSame = registryManager.timer === timer;
        const {isActive} = registryManager.getStats();
        registryManager.reset();
        return [isSame, isActive, registryManager.getStats().isActive];
      },
    ],
    'has these members of getStats': [
      "['cleanupInterval', 'maxIdleTime', 'isActive', 'registryStats']",
      () => Object.keys(registryManager.getStats()),
    ],
  },
  ModelRegistryProxy: {
    'needs an owner and one of two types': [
      "['Error', 'Error']",
      () =>
        [
          [undefined, 'app'],
          [{}, 'other'],
        ].map(args => {
          try {
            return new (ModelRegistryProxy as any)(...args);
          } catch (error) {
            return error instanceof Error && 'Error';
          }
        }),
    ],
    'reads as an object by name': [
      "['User', undefined, true, ['User']]",
      () => {
        const proxy = new ModelRegistryProxy(twoUsers()[0], 'dataSource');
        return [nameOf(proxy.User), proxy.Order, 'User' in proxy, Object.keys(proxy)];
      },
    ],
    'has members of a list': [
      "[1, '[ModelRegistryProxy:dataSource]', ['User']]",
      () => {
        const proxy = new ModelRegistryProxy(twoUsers()[0], 'dataSource') as any;
        return [proxy.length, proxy.toString(), proxy.valueOf()];
      },
    ],
    'registers an object that is assigned': [
      "'Double'",
      () => {
        const dataSource = newDataSource();
        (new ModelRegistryProxy(dataSource, 'dataSource') as any).Double = {};
        return nameOf(ModelRegistry.getModelForOwner(dataSource, 'Double'));
      },
    ],
  },
};

const MEMBERS = [
  ...[
    'registerModel',
    'registerModelForApp',
    'findModelByStructure',
    'findModelByName',
    'cleanupTenant',
    'cleanupInactiveTenants',
  ],
  ...[
    'getStats',
    'getTenantRegistryInfo',
    'getAllModels',
    'clear',
    'getModelsForOwner',
    'getModelNamesForOwner',
    'hasModelForOwner',
  ],
  ...['getModelForOwner', 'getModelsForOwnerWithType', 'getModelNamesForOwnerWithType', 'hasModelForOwnerWithType'],
  ...['getModelForOwnerWithType', '_detectOwnerType', 'generateFingerprint', 'normalizeProperties', 'createHash'],
  ...[
    'determineStructureType',
    'calculateStructureDepth',
    'isEmbeddedModelStructure',
    'areArraysEqual',
    'getCurrentModelBuilder',
  ],
];
const EXPORTS = [
  'getCurrentTenant',
  'arePropertiesEquivalent',
  'findEquivalentAnonymousModel',
  'registryManager',
  'ModelRegistryProxy',
];

describe('The API of a fork', () => {
  freshDefault({clock, max: 2_000});

  it('is covered: each of its members is as in the fork, or in the table of differences', () => {
    const titles = Object.keys(ROWS).join('\n');
    for (const name of [...MEMBERS, ...EXPORTS]) expect(name in AS_IN_THE_FORK || titles.includes(name), name).to.equal(true);
    for (const name of EXPORTS) expect(compat, name).to.have.property(name);
  });

  for (const [member, behaviours] of Object.entries(AS_IN_THE_FORK)) {
    for (const [title, [fork, work]] of Object.entries(behaviours)) {
      it(`is the same here: ${member} ${title}`, async () => expect(await outcomeOf(work)).to.equal(fork));
    }
  }
});
