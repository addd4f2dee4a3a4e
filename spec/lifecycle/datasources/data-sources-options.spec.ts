import {inspect} from 'node:util';
import {expect} from 'chai';
import {InvalidOptionError, TenantDataSources, TenantRegistries} from '../../../lib/index';

const registries = new TenantRegistries();
const create = () => ({connector: 'memory'});

/** For values that no TypeScript user could pass. */
const make = (options: unknown) => new TenantDataSources(options as never);

describe('The options of TenantDataSources', () => {
  const BAD: Record<string, readonly unknown[]> = {
    registries: [null, undefined, {}, TenantRegistries],
    create: [null, undefined, 'memory', {connector: 'memory'}],
    max: [0, -1, 1.5, NaN, '10', null, true],
    idleTtl: [0, -1, NaN, '10', null, true],
    clock: [null, 1, {}, {now: 1}],
    maximum: [1],
  };
  for (const [name, values] of Object.entries(BAD)) {
    for (const value of values) {
      it(`${name}: ${inspect(value)} is refused, by name`, () => {
        expect(() => make({registries, create, [name]: value}))
          .to.throw(InvalidOptionError, new RegExp(`\\b${name}\\b`))
          .with.property('code', 'INVALID_OPTION');
      });
    }
  }

  for (const options of [undefined, null, 1, 'acme']) {
    it(`${inspect(options)} is refused in their place`, () => {
      expect(() => make(options)).to.throw(InvalidOptionError);
    });
  }

  it('may be undefined, which counts as left out, or Infinity', () => {
    make({registries, create, max: undefined, idleTtl: undefined, clock: undefined});
    make({registries, create, max: Infinity, idleTtl: Infinity});
  });
});
