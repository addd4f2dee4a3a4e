import {expect} from 'chai';
import {DataSource, install, InvalidOptionError, ModelBuilder, ModelRegistry, TenantRegistries} from '../../../lib/index';

const juggler = require('juggler-4');

describe('An invalid option is refused with a message that names it', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  for (const [what, options, message] of [
    ['no options', undefined, /registries/],
    ['null', null, /registries/],
    ['no registries', {}, /registries/],
    ['something else', {registries: {}}, /registries/],
    ['an unknown option', {registries, tenants: 1}, /tenants.*registries, defaults and shared/],
    ['defaults that is no function', {registries, defaults: {}}, /defaults must be a function/],
  ] as const) {
    it(`install refuses ${what}, and installs nothing`, () => {
      const {ModelBuilder: before} = juggler;
      expect(() => install(juggler, options as never)).to.throw(InvalidOptionError, message);
      expect(juggler.ModelBuilder).to.equal(before);
      install(juggler, {registries})();
    });
  }

  it('ModelBuilder and modelRegistry refuse unknown names', () => {
    const options = {registries, tennant: 'acme'} as never;
    expect(() => new ModelBuilder(options)).to.throw(InvalidOptionError, /tennant.*\{registries, tenant\}/);
    expect(() => new DataSource({connector: 'memory', modelRegistry: options})).to.throw(InvalidOptionError, /tennant/);
  });

  it('ModelRegistry refuses a value that is not an object, unknown names and an unknown class maker', () => {
    for (const options of [null, 5, 'acme']) expect(() => new ModelRegistry(options as never)).to.throw(InvalidOptionError);
    expect(() => new ModelRegistry({tennant: 'acme'} as never)).to.throw(
      InvalidOptionError,
      /tennant.*tenant, shared, embedded and maxDepth/,
    );
    expect(() => new ModelRegistry({embedded: 'heavy' as never})).to.throw(InvalidOptionError, /'light' or 'stock'.*heavy/);
  });

  it('an isTenant that returns a promise is refused, also if the promise rejects', async () => {
    for (const answer of [() => Promise.resolve(false), () => Promise.reject(new Error('down'))]) {
      const asynchronous = new TenantRegistries({isTenant: answer as never});
      expect(() => asynchronous.for('acme')).to.throw(InvalidOptionError, /isTenant.*promise/);
      expect(asynchronous.stats()).to.include({tenants: 0, misses: 0});
    }
    await new Promise(resolve => setImmediate(resolve));
  });
});
