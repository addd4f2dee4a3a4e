import {expect} from 'chai';
import {DataSource, install, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries, type Juggler} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {keepingConnector, keepingDataSource} from '../support/keeping-connector';
import {liveClasses, nextJob} from '../support/live-classes';
import {NESTED} from '../support/structures';

/** Gives a class of the tenant to a builder. The class is in no variable of an async function. */
function give(registries: TenantRegistries, builder: any, what: readonly ('mixin' | 'base')[]): void {
  const A = lookedAt(keepingDataSource(registries, 'acme').createModel('Acmes', {...NESTED(), x: Number}));
  if (what.includes('mixin')) builder.mixins.define('Acmes', A);
  if (what.includes('base')) builder.defaultModelBaseClass = A;
}

const refusal = {code: 'TENANT_OFFBOARDED'};
const refused = (use: () => unknown) => expect(use).to.throw().and.include(refusal);

describe('When the class of a mixin has ended with another registry', () => {
  let registries: TenantRegistries;
  let builder: any;
  let dataSource: any;
  beforeEach(() => {
    registries = new TenantRegistries();
    builder = new ModelBuilder({registries, tenant: 'holder'});
    dataSource = new DataSource('db', {connector: keepingConnector()}, builder);
    give(registries, builder, ['mixin']);
  });
  afterEach(() => registries.dispose());

  it('a model that is defined with the mixin is refused, and leaves nothing', async () => {
    await registries.offboard('acme');
    const before = Object.keys(dataSource.models);
    refused(() => dataSource.createModel('Late', {name: String}, {mixins: {Acmes: true}}));
    refused(() => builder.define('Late', {name: String}, {mixins: {Acmes: true}}));
    expect(Object.keys(dataSource.models)).to.deep.equal(before);
    refused(() => builder.define('Later').mixin('Acmes'));
  });

  it('a model that waits for its datasource is attached without the mixin', async () => {
    const Waiting = builder.define('Waiting', {name: String}, {mixins: {Acmes: {of: 1}}});
    await registries.offboard('acme');
    expect(Waiting.extend('Extended').settings.mixins).to.deep.equal({});
    dataSource.attach(Waiting);
    expect(await Waiting.create({name: 'w'})).to.have.property('name', 'w');
  });

  it('a model that has it goes on: its properties stay', async () => {
    const Mixing = dataSource.createModel('Mixing', {name: String}, {mixins: {Acmes: true}});
    await Mixing.create({name: 'before', x: 1});
    await registries.offboard('acme');
    const [row] = await Mixing.find();
    expect(row.toObject()).to.include({name: 'before', x: 1});
    expect(await Mixing.create({name: 'after', x: 2})).to.include({name: 'after', x: 2});
    expect(new (Mixing.extend('Extended'))({x: 3}).toObject()).to.include({x: 3});
  });

  it('the name can be given to another mixin', async () => {
    await registries.offboard('acme');
    builder.mixins.define('Acmes', (Model: any) => (Model.mixed = true));
    expect(dataSource.createModel('Late', {}, {mixins: {Acmes: true}})).to.have.property('mixed', true);
  });
});

describe('When the base class of a builder has ended with another registry', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));
  afterEach(() => registries.dispose());

  it('the builder has the nearest class that goes on of those that the ended class extends', async () => {
    const builder: any = new ModelBuilder({registry: new ModelRegistry()});
    const shared: any = new ModelBuilder({registries});
    const Root = shared.define('Root', {root: Number});
    (() => {
      const of = keepingDataSource(registries, 'acme');
      const Middle = of.createModel('Middle', {}, {base: Root});
      builder.defaultModelBaseClass = of.createModel('Acmes', {}, {base: Middle});
    })();
    expect(builder.define('Sub').base.modelName).to.equal('Acmes');

    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});

    expect(builder.defaultModelBaseClass).to.equal(Root);
    expect(new (builder.define('Sub', {y: Number}))({y: 1, root: 2}).toObject()).to.include({y: 1, root: 2});
  });

  it('a tenant’s builder has again the base class of the builder that it stands for', async () => {
    const builder: any = new ModelBuilder({registries});
    const Everyones = builder.define('Everyones');
    builder.defaultModelBaseClass = Everyones;
    const ofHolder = {
      set defaultModelBaseClass(base: any) {
        TenantContext.run('holder', () => (builder.defaultModelBaseClass = base));
      },
    };
    give(registries, ofHolder, ['base']);
    expect(TenantContext.run('holder', () => builder.defaultModelBaseClass.modelName)).to.equal('Acmes');
    expect(builder.defaultModelBaseClass).to.equal(Everyones);

    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});

    expect(TenantContext.run('holder', () => builder.defaultModelBaseClass)).to.equal(Everyones);
    expect(TenantContext.run('holder', () => builder.define('Sub').base)).to.equal(Everyones);
  });

  it('and a model of the builder’s own that extends it ends, other models and mixins go on', async () => {
    const builder: any = new ModelBuilder({registries, tenant: 'holder'});
    const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
    (() => {
      const base = keepingDataSource(registries, 'acme').createModel('Acmes', {x: Number});
      const Sub = builder.define('Sub', {}, {base});
      builder.defaultModelBaseClass = Sub;
      builder.mixins.define('Subs', Sub);
    })();

    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});

    expect(builder.getModel('Sub')).to.equal(undefined);
    expect(await dataSource.createModel('Own', {y: Number}).create({y: 1})).to.have.property('y', 1);
    refused(() => dataSource.createModel('Mixed', {}, {mixins: {Subs: true}}));
  });
});

describe('A builder of juggler’s own that was made while the library is installed keeps no class of an ended tenant alive', () => {
  let uninstall: () => void;
  afterEach(() => uninstall());

  for (const version of ['loopback-datasource-juggler', 'juggler-3', 'juggler-4', 'juggler-5', 'juggler-6']) {
    const juggler: Juggler & Record<string, any> = require(version);
    for (const bound of [false, true]) {
      it(`in ${juggler.version}, ${bound ? 'after' : 'before'} its first define`, async () => {
        const registries = new TenantRegistries();
        const stock: any = new (juggler.ModelBuilder as any)();
        const {defaultModelBaseClass} = stock;
        uninstall = install(juggler, {registries});
        const builder: any = new (juggler.ModelBuilder as any)();
        if (bound) builder.define('First');
        // what the define has read through weak references lives until its job ends
        await nextJob();
        const before = liveClasses(juggler);
        (() => {
          const of: any = new (juggler.DataSource as any)({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}});
          const A = lookedAt(of.createModel('Acmes', NESTED()));
          builder.mixins.define('Acmes', A);
          builder.defaultModelBaseClass = A;
        })();

        expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});

        expect(liveClasses(juggler) - before).to.equal(0);
        expect(builder.defaultModelBaseClass).to.equal(defaultModelBaseClass);
        refused(() => builder.define('Second', {}, {mixins: {Acmes: true}}));
        uninstall();
        expect(builder.define('Third').base).to.equal(defaultModelBaseClass);
        const after: any = new (juggler.ModelBuilder as any)();
        expect(Object.keys(after)).to.deep.equal(Object.keys(stock));
        expect(after.define('Fourth').base).to.equal(defaultModelBaseClass);
        await registries.dispose();
      });
    }
  }
});
