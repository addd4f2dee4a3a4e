import {expect} from 'chai';
import fc from 'fast-check';
import {DataSource, forJuggler, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import type {AnyDataSource, AnyModel} from '../support/service';
import {isLong} from '../support/long-form';
import {keepingConnector} from '../support/keeping-connector';

const JUGGLERS: Record<string, () => any> = {
  '3.36': () => require('juggler-3'),
  '4': () => require('juggler-4'),
  '5': () => require('juggler-5'),
  '6': () => require('juggler-6'),
  '7': () => require('loopback-datasource-juggler'),
};
const TENANTS = ['acme', 'globex', 'initech'] as const;

const MANY = ['accounts', 'linked', 'members', 'references', 'notes'];
const ONE = ['first', 'owner', 'subject', 'badge'];
const byCallback = (work: (callback: any) => unknown) =>
  new Promise<any>((resolve, reject) => work((error: Error, value: unknown) => (error ? reject(error) : resolve(value))));

type Way = (plan: AnyModel, relation: string, Plan: AnyModel, kept: Map<string, any>) => unknown;

/** Every way to the related instances of an instance that a service keeps. */
const WAYS_TO_MANY: Record<string, Way> = {
  'plan.x.find()': (plan, x) => plan[x].find(),
  'plan.x.find(cb)': (plan, x) => byCallback(done => plan[x].find(done)),
  'plan.x.find({})': (plan, x) => plan[x].find({}),
  'plan.x(cb)': (plan, x) => byCallback(done => plan[x](done)),
  // juggler takes no `true` for referencesMany
  'plan.x(true, cb)': (plan, x) => byCallback(done => plan[x](x === 'references' ? {} : true, done)),
  'plan.x()': (plan, x) => (typeof plan[x] === 'function' ? plan[x]() : undefined),
  'plan.__get__x(cb)': (plan, x) => byCallback(done => plan[`__get__${x}`](done)),
  'a kept plan.x': (plan, x, _, kept) => {
    const related = kept.get(x) ?? plan[x];
    kept.set(x, related);
    return byCallback(done => related(done));
  },
  'Plan.include([plan], x)': (plan, x, Plan) => byCallback(done => Plan.include([plan], x, done)).then(([{__data}]) => __data[x]),
  'Plan.include([plan], {relation})': (plan, x, Plan) =>
    byCallback(done => Plan.include([plan], [{relation: x}], done)).then(() => plan.toJSON()[x]),
};
const WAYS_TO_ONE: Record<string, Way> = {
  'plan.x.get()': (plan, x) => plan[x].get(),
  'plan.x(cb)': (plan, x) => byCallback(done => plan[x](done)),
  'plan.x(true, cb)': (plan, x) => byCallback(done => plan[x](true, done)),
  'plan.x()': (plan, x) => plan[x](),
  'plan.__get__x(cb)': (plan, x) => byCallback(done => plan[`__get__${x}`](done)),
  'a kept plan.x': (plan, x, _, kept) => {
    const related = kept.get(x) ?? plan[x];
    kept.set(x, related);
    return related.get();
  },
  'Plan.include([plan], x)': (plan, x, Plan) => byCallback(done => Plan.include([plan], x, done)).then(([{__data}]) => __data[x]),
};

const STEPS = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  step: fc.oneof(
    fc.tuple(fc.constantFrom(...MANY), fc.constantFrom(...Object.keys(WAYS_TO_MANY))),
    fc.tuple(fc.constantFrom(...ONE), fc.constantFrom(...Object.keys(WAYS_TO_ONE))),
  ),
});

/** The rows of a value, of which each names its tenant. */
const tenantsOf = (value: any): string[] =>
  [value ?? []].flat().flatMap((row: any) => (row.toJSON ? row.toJSON() : row)?.tenant ?? []);

for (const [version, load] of Object.entries(JUGGLERS)) {
  describe(`Relations of an instance of a shared model, on juggler ${version}`, () => {
    let registries: TenantRegistries;
    let sources: TenantDataSources;
    let shared: AnyDataSource;
    let Plan: AnyModel;
    let Account: AnyModel;

    beforeEach(async () => {
      const juggler = load();
      registries = new TenantRegistries();
      sources = new TenantDataSources({registries, juggler, create: () => ({connector: keepingConnector()})});
      const scoped = forJuggler(juggler);
      shared = new scoped.DataSource({connector: keepingConnector(), modelRegistry: {registries}});
      Plan = shared.createModel(
        'Plan',
        {
          id: {type: Number, id: true},
          name: String,
          accountId: Number,
          subjectId: Number,
          subjectType: String,
          accountIds: [Number],
        },
        {forceId: false},
      );
      const builder: AnyModel = new scoped.ModelBuilder({registries});
      const routed = (name: string, properties: object) =>
        sources.route<AnyModel>(builder.define(name, properties, {forceId: false}));
      const id = {type: Number, id: true};
      Account = routed('Account', {id, tenant: String, planId: Number});
      const Link = routed('Link', {id, planId: Number, accountId: Number});
      const Note = routed('Note', {id, tenant: String, noteableId: Number, noteableType: String});
      Plan.hasMany(Account, {as: 'accounts', foreignKey: 'planId'});
      Link.belongsTo(Plan, {as: 'plan', foreignKey: 'planId'});
      Link.belongsTo(Account, {as: 'account', foreignKey: 'accountId'});
      Plan.hasMany(Account, {as: 'linked', through: Link, foreignKey: 'planId', keyThrough: 'accountId'});
      Plan.hasAndBelongsToMany(Account, {as: 'members', through: Link, foreignKey: 'planId'});
      Plan.referencesMany(Account, {as: 'references', foreignKey: 'accountIds'});
      Plan.hasMany(Note, {as: 'notes', polymorphic: {foreignKey: 'noteableId', discriminator: 'noteableType'}});
      Plan.hasOne(Account, {as: 'first', foreignKey: 'planId'});
      Plan.hasOne(Note, {as: 'badge', polymorphic: {foreignKey: 'noteableId', discriminator: 'noteableType'}});
      Plan.belongsTo(Account, {as: 'owner', foreignKey: 'accountId'});
      Plan.belongsTo('subject', {polymorphic: {foreignKey: 'subjectId', discriminator: 'subjectType'}});
      await Plan.create({id: 1, name: 'basic', accountId: 1, subjectId: 1, subjectType: 'Account', accountIds: [1]});
      for (const tenant of TENANTS) {
        await TenantContext.run(tenant, async () => {
          await Account.create({id: 1, tenant, planId: 1});
          await Link.create({id: 1, planId: 1, accountId: 1});
          await Note.create({id: 1, tenant, noteableId: 1, noteableType: 'Plan'});
        });
      }
    });
    afterEach(() => registries.dispose());

    it('are the running tenant’s rows, whichever tenant has read them before, in whichever way', async () => {
      const followed = async (steps: any[]) => {
        // one that a service has made or loaded at its start, and one that a tenant's work has loaded with its rows
        for (const plan of [
          await Plan.findById(1),
          await TenantContext.run('initech', () => Plan.findOne({include: ['accounts', 'owner']})),
        ]) {
          const kept = new Map<string, any>();
          for (const {tenant, step} of steps) {
            const [x, way] = step;
            const ways = MANY.includes(x) ? WAYS_TO_MANY : WAYS_TO_ONE;
            await TenantContext.run(tenant, async () => {
              const value = await ways[way](plan, x, Plan, kept);
              const expected = way === 'plan.x()' ? (value ? [tenant] : []) : [tenant];
              expect(tenantsOf(value), `${way} of ${x} for ${tenant}`).to.deep.equal(expected);
            });
            for (const reader of TENANTS) {
              const json = TenantContext.run(reader, () => plan.toJSON());
              for (const each of [...MANY, ...ONE]) {
                const owners = tenantsOf(json[each]);
                expect(
                  owners.filter(owner => owner !== reader),
                  `${each} in the JSON for ${reader}`,
                ).to.deep.equal([]);
              }
            }
          }
        }
      };
      for (const x of [...MANY, ...ONE]) {
        for (const way of Object.keys(MANY.includes(x) ? WAYS_TO_MANY : WAYS_TO_ONE)) {
          await followed(['acme', 'globex', 'acme'].map(tenant => ({tenant, step: [x, way]})));
        }
      }
      await assertProperty(
        fc.asyncProperty(fc.array(STEPS, {minLength: 2, maxLength: 12}), followed),
        isLong || version === '7' ? 40 : 10,
      );
    });

    it('are cached for each tenant, as juggler caches them', async () => {
      const plan = await Plan.findById(1);
      const acme = <T>(work: () => T): T => TenantContext.run('acme', work);
      await acme(() => plan.accounts.find());
      await TenantContext.run('globex', () => plan.accounts.find());
      await acme(() => Account.destroyAll());
      expect(await acme(() => plan.accounts.find())).to.have.lengthOf(1);
      expect(acme(() => plan.accounts()).map((row: any) => row.tenant)).to.deep.equal(['acme']);
    });

    it('are read anew after the tenant has left and come back', async () => {
      const plan = await Plan.findById(1);
      await TenantContext.run('acme', () => plan.accounts.find());
      await registries.offboard('acme');
      registries.reinstate('acme');
      expect(await TenantContext.run('acme', () => plan.accounts.find())).to.deep.equal([]);
    });

    it('stay out of sight where no tenant runs', async () => {
      const plan = await Plan.findById(1);
      await TenantContext.run('acme', async () => {
        await plan.accounts.find();
        await plan.owner.get();
      });
      expect([plan.accounts(), plan.owner()]).to.deep.equal([undefined, undefined]);
      expect(plan.toJSON()).to.not.have.property('accounts');
    });

    it('are no different for the scopes of a class, which juggler does not cache', async () => {
      Account.scope('ofPlan1', {where: {planId: 1}});
      const kept = TenantContext.run('acme', () => Account.ofPlan1);
      for (const tenant of [...TENANTS, ...TENANTS]) {
        await TenantContext.run(tenant, async () => {
          const found = [await Account.ofPlan1.find(), await byCallback(done => Account.ofPlan1(done)), await kept.find()];
          expect(found.map(tenantsOf)).to.deep.equal([[tenant], [tenant], [tenant]]);
          expect(Account.ofPlan1()).to.equal(undefined);
        });
      }
    });

    it('of a routed model’s instance that no tenant has saved are the running tenant’s too', async () => {
      Account.hasMany(Account, {as: 'peers', foreignKey: 'planId'});
      const account = new Account({id: 1});
      const read = (tenant: string) => TenantContext.run(tenant, () => account.peers.find());
      expect(tenantsOf(await read('acme'))).to.deep.equal(['acme']);
      expect(tenantsOf(await read('globex'))).to.deep.equal(['globex']);
    });

    it('keep no class of a tenant that has left, whichever code keeps the instance', async () => {
      const plan = await Plan.findById(1);
      const registry = registries.for('acme');
      await TenantContext.run('acme', async () => {
        const Thing: AnyModel = (sources.get('acme') as AnyDataSource).createModel('Thing', {planId: Number, of: {many: String}});
        Plan.hasMany(Thing, {as: 'things', foreignKey: 'planId'});
        await Thing.create({planId: 1, of: {many: 'parts'}});
        expect(await plan.things.find()).to.have.lengthOf(1);
      });
      const report = await registries.offboard('acme', {verify: true});
      expect(report.survivors).to.equal(0);
      expect(plan.name).to.equal('basic');
      expect(registry.disposed).to.equal(true);
    });
  });
}

describe('Relations of an instance of a shared model', () => {
  it('are apart by tenant on a datasource without options too, if the instance is older than the relation', async () => {
    const registries = new TenantRegistries();
    const before = TenantRegistries.default;
    TenantRegistries.default = registries;
    try {
      const sources = new TenantDataSources({registries, create: () => ({connector: keepingConnector()})});
      const shared: AnyDataSource = new DataSource({connector: keepingConnector()});
      const Plan = shared.createModel('Plan', {name: String});
      const Account: AnyModel = shared.createModel('Account', {tenant: String, planId: Number});
      const plan = await Plan.create({name: 'older than its relation'});
      Plan.hasMany(Account, {as: 'accounts', foreignKey: 'planId'});
      sources.route(Account);
      for (const tenant of TENANTS) {
        await TenantContext.run(tenant, async () => {
          await Account.create({tenant, planId: plan.id});
          expect(tenantsOf(await plan.accounts.find())).to.deep.equal([tenant]);
        });
      }
    } finally {
      TenantRegistries.default = before;
      await registries.dispose();
    }
  });
});
