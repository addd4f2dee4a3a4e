import {inspect} from 'node:util';
import {expect} from 'chai';
import {InvalidOptionError, TenantContext, TenantRegistries} from '../../lib/index';

/** For values that no TypeScript user could pass. */
const make = (options: unknown) => new TenantRegistries(options as never);

describe('The options of TenantRegistries', () => {
  const NOT_WHOLE = [0, -1, 1.5, NaN, -Infinity, Number.MAX_SAFE_INTEGER + 1, '10', null, true, {}, [], 10n, () => 1];
  const NOT_FUNCTIONS = ['acme', 1, true, null, {}];
  const BAD: Record<string, readonly unknown[]> = {
    max: NOT_WHOLE,
    maxModels: NOT_WHOLE,
    maxTombstones: [...NOT_WHOLE, Infinity],
    idleTtl: [0, -1, NaN, -Infinity, '10', null, true, {}, () => 1],
    lastContextGrace: [-1, NaN, -Infinity, '10', null, true, {}, () => 1],
    currentTenant: NOT_FUNCTIONS,
    isTenant: NOT_FUNCTIONS,
    outside: ['ask', '', null, true, 1],
    maxDepth: [...NOT_WHOLE, Infinity, 201],
    embedded: ['heavy', '', null, true, 1],
    clock: [null, 1, {}, {now: 1}, () => 1],
  };

  for (const [name, values] of Object.entries(BAD)) {
    for (const value of values) {
      it(`${name}: ${shown(value)} is refused, by name`, () => {
        expect(() => make({[name]: value}))
          .to.throw(InvalidOptionError, new RegExp(`\\b${name}\\b`))
          .with.property('code', 'INVALID_OPTION');
      });
    }
  }

  it('are refused with a message that has the value and the allowed values', () => {
    expect(() => make({max: 1.5})).to.throw(/whole number from 1.*Infinity.*1\.5/);
    expect(() => make({maxTombstones: 0})).to.throw(/whole number from 1.*0/);
    expect(() => make({idleTtl: -5})).to.throw(/milliseconds.*-5/);
  });

  it('with an unknown name are refused: the message lists the known names', () => {
    expect(() => make({maxTenants: 5})).to.throw(InvalidOptionError, /maxTenants[^]*\bmax\b[^]*\bmaxModels\b/);
    expect(() => make({max: 5, ttl: 5, size: 1})).to.throw(InvalidOptionError, /ttl, size/);
    // names that every object inherits
    for (const name of ['toString', 'constructor', 'hasOwnProperty']) {
      expect(() => make({[name]: 1}), name).to.throw(InvalidOptionError, new RegExp(name));
    }
  });

  it('must be an object', () => {
    for (const options of [null, 1, 'acme', true, () => 1]) {
      expect(() => make(options), shown(options)).to.throw(InvalidOptionError);
    }
  });

  it('have defaults, which an explicit undefined asks for', async () => {
    const registries = make(Object.fromEntries(Object.keys(BAD).map(name => [name, undefined])));
    for (let i = 0; i < 501; i++) registries.for(`tenant-${i}`);
    expect(registries.stats().tenants).to.equal(500);
    expect(TenantContext.run('acme', () => registries.current().tenant)).to.equal('acme');
    await registries.dispose();
  });

  it('must bound the memory: max and maxModels both Infinity are refused, with or without idleTtl', () => {
    for (const idleTtl of [undefined, 1000, Infinity]) {
      expect(() => make({max: Infinity, maxModels: Infinity, idleTtl}))
        .to.throw(InvalidOptionError, /max\b.*maxModels/)
        .with.property('code', 'INVALID_OPTION');
    }
    expect(() => make({max: Infinity, idleTtl: Infinity})).not.to.throw();
    expect(() => make({maxModels: Infinity, idleTtl: Infinity})).not.to.throw();
  });

  it('are read once: changing the object later changes nothing', () => {
    const options = {max: 1};
    const registries = make(options);
    options.max = 100;
    registries.for('acme');
    registries.for('globex');
    expect(registries.stats().tenants).to.equal(1);
  });
});

describe('The options of offboard', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));

  for (const drainTimeout of [-1, NaN, '10', null, true, {}]) {
    it(`drainTimeout: ${shown(drainTimeout)} is refused, by name, and the tenant stays`, async () => {
      const registry = registries.for('acme');
      const error = await failureOf(() => registries.offboard('acme', {drainTimeout} as never));
      expect(error).to.be.instanceOf(InvalidOptionError);
      expect(error).to.have.property('code', 'INVALID_OPTION');
      expect(error)
        .to.have.property('message')
        .that.matches(/drainTimeout/);
      expect(registries.for('acme')).to.equal(registry);
      expect(registry.disposed).to.equal(false);
    });
  }

  for (const verify of ['yes', 1, null, {}]) {
    it(`verify: ${shown(verify)} is refused, by name, and the tenant stays`, async () => {
      const registry = registries.for('acme');
      const error = await failureOf(() => registries.offboard('acme', {verify} as never));
      expect(error).to.be.instanceOf(InvalidOptionError);
      expect(error)
        .to.have.property('message')
        .that.matches(/verify/);
      expect(registry.disposed).to.equal(false);
    });
  }

  it('with an unknown name are refused', async () => {
    const registry = registries.for('acme');
    const error = await failureOf(() => registries.offboard('acme', {timeout: 5} as never));
    expect(error).to.be.instanceOf(InvalidOptionError);
    expect(error)
      .to.have.property('message')
      .that.matches(/timeout/);
    expect(registry.disposed).to.equal(false);
  });

  it('must be an object', async () => {
    const registry = registries.for('acme');
    for (const options of [null, 5, 'verify']) {
      const error = await failureOf(() => registries.offboard('acme', options as never));
      expect(error, shown(options)).to.be.instanceOf(InvalidOptionError);
    }
    expect(registry.disposed).to.equal(false);
  });

  it('have defaults, which an explicit undefined asks for', async () => {
    registries.for('globex');
    const report = await registries.offboard('globex', {drainTimeout: undefined, verify: undefined});
    expect(report).to.include({tenant: 'globex'}).and.not.have.property('survivors');
  });
});

describe('onOffboard', () => {
  it('takes a function and nothing else', () => {
    const registries = new TenantRegistries();
    for (const hook of [undefined, null, 1, 'hook', {}, Promise.resolve()]) {
      expect(() => registries.onOffboard(hook as never), shown(hook))
        .to.throw(InvalidOptionError, /onOffboard/)
        .with.property('code', 'INVALID_OPTION');
    }
  });
});

function shown(value: unknown): string {
  return inspect(value, {breakLength: Infinity});
}

/** Whether it is thrown or comes as a rejection. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}
