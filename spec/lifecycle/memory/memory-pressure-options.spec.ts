import {inspect} from 'node:util';
import {expect} from 'chai';
import {InvalidOptionError, MemoryPressure, TenantRegistries} from '../../../lib/index';
import {FakeHeap} from '../../support/fake-heap';

/** For values that no TypeScript user could pass. */
const make = (options: unknown, registries: unknown = new TenantRegistries()) =>
  new MemoryPressure(registries as never, options as never);

describe('The options of MemoryPressure', () => {
  const NOT_FRACTIONS = [0, -0.1, 1.1, NaN, Infinity, '0.5', null, true, {}];
  const NOT_FUNCTIONS = ['acme', 1, true, null, {}];
  const BAD: Record<string, readonly unknown[]> = {
    high: NOT_FRACTIONS,
    low: NOT_FRACTIONS,
    onRelief: NOT_FUNCTIONS,
    onOverload: NOT_FUNCTIONS,
    heap: NOT_FUNCTIONS,
    collections: NOT_FUNCTIONS,
    clock: [null, 1, {}, {now: 1}, () => 1],
  };

  for (const [name, values] of Object.entries(BAD)) {
    for (const value of values) {
      it(`${name}: ${inspect(value)} is refused, by name`, () => {
        expect(() => make({[name]: value}))
          .to.throw(InvalidOptionError, new RegExp(`\\b${name}\\b`))
          .with.property('code', 'INVALID_OPTION');
      });
    }
  }

  it('have a low mark below the high one, also where one of them is the default', () => {
    for (const marks of [{high: 0.5, low: 0.5}, {high: 0.5, low: 0.6}, {high: 0.7}, {low: 0.85}]) {
      expect(() => make(marks), inspect(marks)).to.throw(InvalidOptionError, /low must be below high/);
    }
  });

  it('with an unknown name are refused: the message lists the known names', () => {
    expect(() => make({highMark: 0.9})).to.throw(InvalidOptionError, /highMark[^]*\bhigh\b[^]*\blow\b/);
    expect(() => make({toString: 1})).to.throw(InvalidOptionError, /toString/);
  });

  it('must be an object', () => {
    for (const options of [null, 1, 'high', true]) expect(() => make(options), inspect(options)).to.throw(InvalidOptionError);
  });

  it('come after a TenantRegistries, which is required', () => {
    for (const registries of [null, 1, {}, new Map()])
      expect(() => make({}, registries), inspect(registries)).to.throw(InvalidOptionError, /TenantRegistries/);
  });

  it('have defaults, which an explicit undefined asks for', () => {
    const heap = new FakeHeap();
    const registries = new TenantRegistries();
    registries.for('acme');
    make({high: undefined, low: undefined, onRelief: undefined, onOverload: undefined, ...heap.options}, registries);
    heap.collect(850);
    expect(registries.stats().tenants).to.equal(1);
    heap.collect(851);
    expect(registries.stats().tenants).to.equal(0);
  });

  it('are read before the watch begins: a refused one leaves nothing behind', () => {
    const heap = new FakeHeap();
    expect(() => make({...heap.options, high: 2})).to.throw(InvalidOptionError);
    expect(heap.watched).to.equal(false);
  });
});
