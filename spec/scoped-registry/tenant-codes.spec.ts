import {inspect} from 'node:util';
import {expect} from 'chai';
import fc from 'fast-check';
import {DataSource, InvalidTenantCodeError, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import {lookedAt} from '../support/first-look';
import {NESTED} from '../support/structures';

const ORDINARY = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'shared',
  'undefined',
  'null',
  '0',
  ' ',
  '\0',
  'a/b\\c:d',
  'Ünïcödé-租户-🏢',
  '\uD800',
  'x'.repeat(256),
];

describe('A tenant code', () => {
  const BAD = [
    undefined,
    null,
    1,
    0,
    true,
    {},
    [],
    ['acme'],
    Symbol('acme'),
    () => 'acme',
    new String('acme'),
    '',
    'x'.repeat(257),
  ];

  for (const code of BAD) {
    it(`is a non-empty string of at most 256 characters: ${shown(code)} is refused wherever one is taken`, async () => {
      const registries = new TenantRegistries();
      const uses: Record<string, () => unknown> = {
        for: () => registries.for(code as never),
        evict: () => registries.evict(code as never),
        offboard: () => registries.offboard(code as never),
        reinstate: () => registries.reinstate(code as never),
        run: () => TenantContext.run(code as never, () => expect.fail('the work was called')),
      };
      if (code !== undefined) {
        uses.registry = () => new ModelRegistry({tenant: code as never});
        uses.builder = () => new ModelBuilder({registries, tenant: code as never});
        uses.datasource = () => new DataSource({connector: 'memory', modelRegistry: {registries, tenant: code as never}});
      }
      if (code !== undefined && code !== null) {
        uses.current = () => new TenantRegistries({currentTenant: () => code as never}).current();
      }
      for (const [name, use] of Object.entries(uses)) {
        const error = await failureOf(use);
        expect(error, name).to.be.instanceOf(InvalidTenantCodeError);
        expect(error, name).to.have.property('code', 'INVALID_TENANT_CODE');
        expect(error, name)
          .to.have.property('message')
          .that.matches(/tenant code must/i);
      }
      expect(registries.peek(code as never)).to.equal(undefined);
      expect(registries.stats()).to.include({tenants: 0, tombstones: 0});
    });
  }

  it('that is too long is shortened in the message', () => {
    expect(() => new TenantRegistries().for('secret'.repeat(1_000)))
      .to.throw(/256.*6000/)
      .with.property('message')
      .with.length.below(200);
  });

  for (const code of ORDINARY) {
    it(`may be ${JSON.stringify(code.length > 40 ? `${code.slice(0, 4)}… (${code.length})` : code)}`, async () => {
      const objectKeys = Reflect.ownKeys(Object.prototype);
      const registries = new TenantRegistries();
      const other = registries.for('acme');
      lookedAt(new ModelBuilder({registry: other}).define('Customer', NESTED()));

      expect(registries.peek(code)).to.equal(undefined);
      const builder = new ModelBuilder({registries, tenant: code});
      const Customer = lookedAt(builder.define('Customer', NESTED()));
      const registry = registries.for(code);
      expect(registry).to.equal(registries.peek(code)).and.not.equal(other);
      expect(registry.tenant).to.equal(code);
      expect(registry.findByName('Customer')).to.equal(Customer);
      expect(registry.stats()).to.include({tenant: code, models: 1, embeddedModels: 3});
      expect(registries.stats()).to.include({tenants: 2, models: 8});
      expect(TenantContext.run(code, () => registries.current())).to.equal(registry);

      registries.shed(8);
      expect(registries.for(code)).to.equal(registry);
      const report = await registries.offboard(code);
      expect(report).to.include({tenant: code, models: 1, embeddedModels: 3});
      expect(() => registries.for(code))
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
      expect(registries.peek(code)).to.equal(undefined);
      expect(registries.reinstate(code)).to.equal(true);
      const next = registries.for(code);
      expect(next).not.to.equal(registry);
      expect(registries.evict(code)).to.equal(true);
      expect(registries.for(code)).not.to.equal(next);

      expect(other.stats()).to.include({models: 1, embeddedModels: 3, disposed: false});
      expect(Reflect.ownKeys(Object.prototype)).to.deep.equal(objectKeys);
      await registries.dispose();
    });
  }

  it('is compared exactly: case, Unicode form and white space count', () => {
    const registries = new TenantRegistries();
    const codes = ['acme', 'Acme', 'acme ', ' acme', 'é', 'e\u0301', 'ﬁ', 'fi', '1', '01'];
    expect(new Set(codes.map(code => registries.for(code)))).to.have.property('size', codes.length);
  });

  // fast-check's own unit for these, 'binary', holds 85 MB in tables
  const anyCharacter = fc.integer({min: 0, max: 0x10_ffff}).map(point => String.fromCodePoint(point));
  const anyCode = fc.oneof(
    fc.string({unit: anyCharacter, minLength: 1, maxLength: 128}),
    fc.string({unit: 'grapheme', minLength: 1, maxLength: 40}).filter(code => code.length <= 256),
    fc.constantFrom(...ORDINARY),
  );

  it('is any non-empty string of up to 256 characters, and two different ones never share a registry', async () => {
    await assertProperty(
      fc.property(fc.uniqueArray(anyCode, {minLength: 2, maxLength: 8}), codes => {
        const registries = new TenantRegistries();
        const held = codes.map(code => registries.for(code));
        for (const [index, code] of codes.entries()) {
          expect(held[index].tenant).to.equal(code);
          expect(registries.for(code)).to.equal(held[index]);
          new ModelBuilder({registries, tenant: code}).define('Customer');
          expect(held[index].stats().models).to.equal(1);
        }
        expect(new Set(held).size).to.equal(codes.length);
        expect(new Set(held.map(registry => registry.findByName('Customer'))).size).to.equal(codes.length);
      }),
      200,
    );
  });

  it('offboards itself and no other', async () => {
    await assertProperty(
      fc.asyncProperty(fc.uniqueArray(anyCode, {minLength: 2, maxLength: 6}), async ([leaving, ...staying]) => {
        const registries = new TenantRegistries();
        const held = staying.map(code => registries.for(code));
        const gone = registries.for(leaving);
        await registries.offboard(leaving);
        expect(gone.disposed).to.equal(true);
        expect(staying.map(code => registries.for(code))).to.deep.equal(held);
        expect(held.some(registry => registry.disposed)).to.equal(false);
      }),
      100,
    );
  });
});

function shown(code: unknown): string {
  if (typeof code === 'string' && code.length > 40) return `a string of ${code.length}`;
  return inspect(code);
}

async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}
