import {expect} from 'chai';
import {DataSource, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../../lib/index';
import {countEnumerations} from '../../support/count-enumerations';
import {lookedAt} from '../../support/first-look';
import {NESTED} from '../../support/structures';

const TENANTS = 1_000;

/**
 * Turns a registry into a trap: touching it throws. Private fields cannot be trapped, but every method that reads one
 * is on the prototype, and is replaced on the object.
 */
function trap(registry: ModelRegistry, touched: string[]): () => void {
  const before = new Map<PropertyKey, PropertyDescriptor | undefined>();
  const keys = new Set([...Reflect.ownKeys(registry), ...Reflect.ownKeys(ModelRegistry.prototype)]);
  for (const key of keys) {
    if (key === 'constructor') continue;
    before.set(key, Object.getOwnPropertyDescriptor(registry, key));
    const touch = () => {
      touched.push(`${String(key)}`);
      throw new Error(`Another tenant's registry was touched: ${String(key)}`);
    };
    Object.defineProperty(registry, key, {get: touch, set: touch, configurable: true});
  }
  return () => {
    for (const [key, descriptor] of before) {
      if (descriptor) Object.defineProperty(registry, key, descriptor);
      else Reflect.deleteProperty(registry, key);
    }
  };
}

describe('A tenant costs what the tenant costs: with a thousand others there,', () => {
  let registries: TenantRegistries;
  let builder: InstanceType<typeof ModelBuilder>;
  let all: readonly ModelRegistry[];
  let touched: string[];
  let release: (() => void)[];
  /** The tenant that is worked on: another one for each operation, present from the start, neither the first nor the last. */
  let acme = '';

  const operations: Record<string, () => unknown> = {
    'for one that is there': () => registries.for(acme),
    'for a new one': () => registries.for('new'),
    peek: () => registries.peek(acme),
    'peek at an unknown tenant': () => registries.peek('nobody'),
    current: () => TenantContext.run(acme, () => registries.current()),
    stats: () => registries.stats(),
    'define through a builder of its own': () => lookedAt(new ModelBuilder({registries, tenant: acme}).define('Order', NESTED())),
    'define through a builder that all share': () => TenantContext.run(acme, () => lookedAt(builder.define('Order', NESTED()))),
    'resolve, find by name and by structure': () => {
      const builder = new ModelBuilder({registries, tenant: acme});
      (builder as unknown as {resolveType(type: object): unknown}).resolveType({street: String});
      registries.for(acme).findByName('Customer');
      registries.for(acme).findByStructure({street: String});
    },
    'redefine, change and delete models': () => {
      const builder = new ModelBuilder({registries, tenant: acme});
      lookedAt(builder.define('Customer', {addr: {other: String}}));
      builder.defineProperty('Customer', 'more', {type: {a: Number}} as never);
      (builder as unknown as {deleteModelByName(name: string): void}).deleteModelByName('Customer');
    },
    'make a datasource, a model and a row': async () => {
      const dataSource = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: acme}});
      const Model = dataSource.createModel('Row', NESTED()) as unknown as {create(data: object): Promise<unknown>};
      await Model.create({addr: {street: 's'}});
    },
    'the sweep of unused classes': () => {
      const builder = new ModelBuilder({registries, tenant: acme});
      for (let i = 0; i < 200; i++) lookedAt(builder.define('Customer', {addr: {[`street${i}`]: String}}));
    },
    evict: () => expect(registries.evict(acme)).to.equal(true),
    'evict and come back': () => {
      registries.evict(acme);
      registries.for(acme);
    },
    offboard: () => registries.offboard(acme),
    'offboard and prove it': () => registries.offboard(acme, {verify: true}),
    'offboard one that is not there': () => registries.offboard('nobody'),
    'offboard with hooks and a datasource': async () => {
      registries.onOffboard(() => {});
      const dataSource = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: acme}});
      lookedAt(dataSource.createModel('Row', NESTED() as never));
      await registries.offboard(acme);
    },
    'reinstate and use again': async () => {
      await registries.offboard(acme);
      registries.reinstate(acme);
      lookedAt(new ModelBuilder({registries, tenant: acme}).define('Customer', NESTED()));
    },
    'dispose of its registry, then use it anew': () => {
      registries.for(acme).dispose();
      lookedAt(new ModelBuilder({registries, tenant: acme}).define('Customer', NESTED()));
    },
  };

  for (const [index, [name, operate]] of Object.entries(operations).entries()) {
    it(`${name} touches none of them`, async () => {
      acme = `tenant-${TENANTS / 2 + index}`;
      const others = all.filter(({tenant, disposed}) => tenant !== acme && !disposed);
      expect(others).to.have.length.above(TENANTS - Object.keys(operations).length - 1);
      release = others.map(registry => trap(registry, touched));
      const enumerations = countEnumerations(TENANTS / 2);

      try {
        await operate();
      } finally {
        enumerations.stop();
      }

      expect(touched).to.deep.equal([]);
      expect(enumerations.long).to.deep.equal([]);
    });
  }

  it('the trap of this spec works: code that touches another tenant throws', () => {
    const [other] = all;
    release = [trap(other, touched)];
    for (const use of [
      () => other.models,
      () => other.definitions,
      () => other.stats(),
      () => other.disposed,
      () => other.size,
    ]) {
      expect(use).to.throw(/touched/);
    }
    expect(() => registries.for(other.tenant!)).to.throw(/touched/);
    expect(touched).to.have.length.above(5);
  });

  it('the enumeration count of this spec works: it sees a walk over the tenants', async () => {
    const others = new TenantRegistries({max: TENANTS});
    for (let index = 0; index < TENANTS; index++) others.for(`tenant-${index}`);
    const enumerations = countEnumerations(TENANTS / 2);
    try {
      await others.dispose();
    } finally {
      enumerations.stop();
    }
    expect(enumerations.long).not.to.deep.equal([]);
  });

  before(() => {
    registries = new TenantRegistries({max: TENANTS + 10, maxModels: 100_000, idleTtl: 3_600_000});
    builder = new ModelBuilder({registries});
    builder.define('Shared', {name: String});
    all = Array.from({length: TENANTS}, (_, index) => {
      const registry = registries.for(`tenant-${index}`);
      lookedAt(new ModelBuilder({registry}).define('Customer', {addr: {street: String}}));
      return registry;
    });
  });
  after(async () => {
    all = [];
    await registries.dispose();
  });

  beforeEach(() => {
    touched = [];
    release = [];
  });
  afterEach(() => {
    for (const undo of release) undo();
  });
});
