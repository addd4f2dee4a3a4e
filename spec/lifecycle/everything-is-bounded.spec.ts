import {expect} from 'chai';
import {ModelBuilder, TenantRegistries} from '../../lib/index';

describe('Everything is bounded', () => {
  const define = (registries: TenantRegistries, tenant: string, models: number) => {
    const builder = new ModelBuilder({registries, tenant}) as any;
    for (let model = 0; model < models; model++) builder.define(`M${model}`, {});
  };

  it('tenants, by max: the least recently used leaves', () => {
    const registries = new TenantRegistries({max: 2});
    for (const tenant of ['a', 'b', 'a', 'c']) registries.for(tenant);
    registries.peek('b'); // is no use
    expect(registries.stats()).to.deep.include({tenants: 2, hits: 1, misses: 3, evictions: {lru: 1, idle: 0, manual: 0}});
    registries.for('a');
    expect(registries.stats()).to.include({hits: 2, misses: 3});
  });

  it('classes over all tenants, by maxModels: who grows, evicts others', () => {
    const registries = new TenantRegistries({maxModels: 10});
    for (const tenant of ['a', 'b', 'c']) define(registries, tenant, 3);
    expect(registries.stats()).to.include({tenants: 3, models: 9});
    define(registries, 'd', 3);
    expect(registries.stats()).to.include({tenants: 3, models: 9});
    define(registries, 'd', 10);
    expect(registries.stats()).to.include({tenants: 1, models: 10});
    // held alone, for it is at work
    define(registries, 'd', 20);
    expect(registries.stats()).to.include({tenants: 1, models: 20});
    define(registries, 'e', 1);
    expect(registries.stats()).to.include({tenants: 1, models: 1});
  });

  it('idle tenants, by idleTtl', () => {
    let now = 0;
    const registries = new TenantRegistries({idleTtl: 60_000, clock: {now: () => now}});
    registries.for('a');
    now = 30_000;
    registries.for('b');
    now = 59_999;
    registries.for('b');
    expect(registries.stats().tenants).to.equal(2);
    now = 61_000;
    registries.for('b');
    expect(registries.stats()).to.deep.include({tenants: 1, evictions: {lru: 0, idle: 1, manual: 0}});
  });

  it('tombstones, by maxTombstones', async () => {
    const registries = new TenantRegistries({maxTombstones: 3});
    for (let tenant = 0; tenant < 10; tenant++) await registries.offboard(`tenant-${tenant}`);
    expect(registries.stats().tombstones).to.equal(3);
    expect(() => registries.for('tenant-9'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });
});

describe('TenantRegistries refuses', () => {
  const bad: Record<string, [string, object]> = {
    'max 0': ['max', {max: 0}],
    'half a tenant': ['max', {max: 1.5}],
    'maxModels that is no number': ['maxModels', {maxModels: '5'}],
    'a negative idleTtl': ['idleTtl', {idleTtl: -1}],
    'unbounded tombstones': ['maxTombstones', {maxTombstones: Infinity}],
    'a tenant in place of currentTenant': ['currentTenant', {currentTenant: 'acme'}],
    'a list in place of isTenant': ['isTenant', {isTenant: ['acme']}],
    'a clock that does not tell': ['clock', {clock: {}}],
    'options it does not know': ['maxTenants', {maxTenants: 5}],
    'no bound at all': ['maxModels', {max: Infinity, maxModels: Infinity}],
  };
  for (const [what, [name, options]] of Object.entries(bad)) {
    it(`${what}, and names it`, () => {
      expect(() => new TenantRegistries(options))
        .to.throw(name)
        .with.property('code', 'INVALID_OPTION');
    });
  }

  it('what is no object, and bad options of its methods', () => {
    const registries = new TenantRegistries();
    for (const call of [
      () => new TenantRegistries(null as never),
      () => registries.onOffboard('hook' as never),
      () => registries.offboard('acme', {drainTimeout: NaN}),
    ]) {
      expect(call).to.throw().with.property('code', 'INVALID_OPTION');
    }
    for (const method of ['for', 'evict', 'offboard', 'reinstate'] as const) {
      for (const code of ['', 5, null, 'x'.repeat(257)]) {
        expect(() => registries[method](code as never), method)
          .to.throw()
          .with.property('code', 'INVALID_TENANT_CODE');
      }
    }
  });

  it('nothing that is left out, also explicitly', () => {
    expect(
      () => new TenantRegistries({max: undefined, maxModels: undefined, idleTtl: undefined, clock: undefined}),
    ).not.to.throw();
    expect(() => new TenantRegistries({max: Infinity, idleTtl: Infinity})).not.to.throw();
  });
});

describe('Tenant codes', () => {
  it('are any strings: those that name parts of every object harm nothing', async () => {
    const registries = new TenantRegistries();
    const codes = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'ünï ☃', '.', 'x'.repeat(256)];
    for (const code of codes) define(code);
    function define(code: string): void {
      (new ModelBuilder({registries, tenant: code}) as any).define('M', {a: {b: String}});
    }
    expect(registries.stats()).to.include({tenants: codes.length, models: 2 * codes.length});
    for (const code of codes) {
      expect(await registries.offboard(code)).to.include({tenant: code, models: 1, embeddedModels: 1});
      expect(registries.reinstate(code)).to.equal(true);
    }
    expect(({} as any).M).to.equal(undefined);
  });
});

describe('A tenant costs what the tenant costs', () => {
  it('no operation on one tenant looks at another', async () => {
    const registries = new TenantRegistries({max: 2_000});
    for (let tenant = 0; tenant < 1_000; tenant++) {
      const registry = registries.for(`tenant-${tenant}`);
      const trap = {
        get() {
          throw new Error('looked at another tenant');
        },
      };
      for (const name of ['models', 'definitions', 'embedded', 'tables', 'size']) Object.defineProperty(registry, name, trap);
    }
    const builder = new ModelBuilder({registries, tenant: 'acme'}) as any;
    builder.define('Customer', {addr: {street: String}});
    builder.define('Customer', {addr: {street: String}});
    registries.evict('acme');
    builder.define('Customer', {addr: {street: String}});
    registries.stats();
    expect(await registries.offboard('acme', {verify: true})).to.include({models: 1, survivors: 0});
    registries.reinstate('acme');
    expect(registries.for('acme').stats().models).to.equal(0);
  });
});
