import {expect} from 'chai';
import {forJuggler, install, ModelRegistry, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {install as installIntoLoopBack, jugglerOf} from '../../lib/loopback3';
import {anotherJuggler} from '../support/another-juggler';
import {freshLoopBack} from '../support/loopback-app';

/** What a module has for a CommonJS package, by the way in which it imports the package. */
const IMPORTS: Record<string, (itself: any) => any> = {
  require: itself => itself,
  'import * as, in Node': itself => {
    // Node takes the names that it finds in the source text, and seals the namespace
    const names = Object.entries(itself).filter(([name]) => name !== 'version');
    return Object.freeze(Object.assign(Object.create(null), {...Object.fromEntries(names), default: itself}));
  },
  'import * as, that TypeScript compiles to CommonJS': itself => {
    const namespace = {default: itself};
    for (const name of Object.keys(itself)) Object.defineProperty(namespace, name, {enumerable: true, get: () => itself[name]});
    return namespace;
  },
};

for (const [way, imported] of Object.entries(IMPORTS)) {
  describe(`juggler by ${way}`, () => {
    let juggler: any;
    let registries: TenantRegistries;
    beforeEach(() => {
      juggler = anotherJuggler();
      registries = new TenantRegistries();
    });
    afterEach(() => registries.dispose());

    it('install gives juggler’s own classes the options, and uninstall takes them back', () => {
      const stock = juggler.ModelBuilder;
      const uninstall = install(imported(juggler), {registries});
      const registry = new ModelRegistry();
      new juggler.ModelBuilder({registry}).define('Customer');
      expect(registry.findByName('Customer')).to.be.a('function');
      expect(() => install(juggler, {registries}))
        .to.throw()
        .with.property('code', 'ALREADY_INSTALLED');
      uninstall();
      expect(juggler.ModelBuilder).to.equal(stock);
    });

    it('forJuggler makes the classes of that copy, once', () => {
      expect(forJuggler(imported(juggler))).to.equal(forJuggler(juggler));
    });

    it('TenantDataSources routes the models of that copy', async () => {
      const sources = new TenantDataSources({registries, juggler: imported(juggler), create: () => ({connector: 'memory'})});
      const Customer = sources.route(new (forJuggler(juggler).ModelBuilder)({registries}).define('Customer', {name: String}));
      expect((await TenantContext.run('acme', () => Customer.create({name: 'Ann'}))).name).to.equal('Ann');
    });

    it('LoopBack 3, imported so, is installed into', () => {
      const loopback = freshLoopBack();
      const given = way === 'require' ? loopback : Object.freeze({default: loopback});
      expect(jugglerOf(given)).to.equal(jugglerOf(loopback));
      const uninstall = installIntoLoopBack(given, {registries});
      expect(() => install(jugglerOf(loopback), {registries}))
        .to.throw()
        .with.property('code', 'ALREADY_INSTALLED');
      uninstall();
    });
  });
}

it('juggler by a real import in Node is the copy that require gives', async () => {
  const namespace = await import('juggler-6');
  expect(forJuggler(namespace)).to.equal(forJuggler(require('juggler-6')));
});
