import {inherits} from 'node:util';
import {expect} from 'chai';
import {install, ModelRegistry, TenantContext, TenantRegistries} from '../../lib/index';

const juggler = require('juggler-5');
const stock = {ModelBuilder: juggler.ModelBuilder, DataSource: juggler.DataSource};

/** The ways in which old and new code makes an object, with whatever class is given. */
const WAYS: Record<string, (Class: any, ...args: unknown[]) => any> = {
  new: (Class, ...args) => new Class(...args),
  'a class that extends it': (Class, ...args) => {
    class Sub extends Class {}
    return new (Sub as any)(...args);
  },
  'util.inherits and call': (Class, ...args) => {
    function Old(this: any) {
      Class.apply(this, args);
    }
    inherits(Old, Class);
    // what juggler reads of a datasource's constructor
    Object.assign(Old, Class);
    return new (Old as any)();
  },
};

describe('After install(), juggler’s classes are constructed as before', () => {
  let registries: TenantRegistries;
  let uninstall: () => void;
  beforeEach(() => {
    registries = new TenantRegistries();
    uninstall = install(juggler, {registries});
  });
  afterEach(() => uninstall());

  for (const [way, make] of Object.entries(WAYS)) {
    it(`ModelBuilder by ${way}: an argument that chooses no registry is ignored`, () => {
      for (const argument of [undefined, null, 'acme', 5, {}, {name: 'mine'}, Object.create({tenant: 'acme'})]) {
        const builder = make(juggler.ModelBuilder, argument);
        expect(builder).to.be.instanceOf(stock.ModelBuilder).and.instanceOf(juggler.ModelBuilder);
        const M = builder.define('M');
        expect(builder.models).to.deep.equal({M});
        TenantContext.run('acme', () => builder.define('Theirs'));
        expect(Object.keys(builder.models)).to.deep.equal(['M']);
      }
    });

    it(`ModelBuilder by ${way}: an argument that chooses a registry is accepted`, () => {
      const registry = new ModelRegistry();
      for (const options of [{registry}, {tenant: 'acme'}, {registries, tenant: 'acme'}]) {
        make(juggler.ModelBuilder, options).define('M');
      }
      expect(registry.stats().models).to.equal(1);
      expect(registries.for('acme').stats().models).to.equal(1);
    });

    it(`DataSource by ${way}`, async () => {
      const dataSource = make(juggler.DataSource, 'db', {connector: 'memory', modelRegistry: {tenant: 'acme'}});
      expect(dataSource).to.be.instanceOf(stock.DataSource);
      expect(await dataSource.createModel('M').create({})).to.have.property('id');
      expect(registries.for('acme').findByName('M')).to.equal(dataSource.models.M);
    });
  }

  it('DataSource without new', async () => {
    const {DataSource} = juggler;
    const dataSource = DataSource('db', {connector: 'memory'});
    expect(await dataSource.createModel('M').create({})).to.have.property('id');
  });

  it('ModelBuilder without new gives the same result as in juggler', () => {
    const outcome = (Class: any) => {
      try {
        return typeof Class();
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(outcome(juggler.ModelBuilder)).to.equal(outcome(stock.ModelBuilder));
  });
});
