import path from 'node:path';
import {expect} from 'chai';
import {forJuggler, ModelRegistry} from '../../lib/index';

describe('A define that somebody has put in place of juggler’s', () => {
  /** A copy that this library has not met yet. */
  function anotherCopy(): any {
    const folder = path.dirname(require.resolve('juggler-6/package.json'));
    const loaded = Object.entries(require.cache).filter(([file]) => file.startsWith(folder));
    for (const [file] of loaded) delete require.cache[file];
    const juggler = require('juggler-6');
    for (const [file, module] of loaded) require.cache[file] = module;
    return juggler;
  }

  it('goes on making the models with names, on the way that their registry goes', () => {
    const juggler = anotherCopy();
    const {define} = juggler.ModelBuilder.prototype;
    const defined: string[] = [];
    // as a monitor does, before this library meets the copy of juggler
    juggler.ModelBuilder.prototype.define = function (name: string, ...rest: unknown[]) {
      defined.push(name);
      return define.call(this, name, ...rest);
    };
    const registry = new ModelRegistry({tenant: 'acme'});
    const {ModelBuilder} = forJuggler(juggler);
    const Customer = (new ModelBuilder({registry}) as any).define('Customer', {address: {town: String}});
    expect(defined).to.include('Customer');
    expect(registry.models.Customer).to.equal(Customer);
    expect(registry.stats()).to.include({models: 1, embeddedModels: 1});
    registry.dispose();
  });
});
