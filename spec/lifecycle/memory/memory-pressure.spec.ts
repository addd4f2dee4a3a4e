import {expect} from 'chai';
import {MemoryPressure, ModelBuilder, TenantRegistries, type MemoryOverload, type MemoryRelief} from '../../../lib/index';
import {FakeHeap} from '../../support/fake-heap';
import {lookedAt} from '../../support/first-look';
import {nextJob} from '../../support/live-classes';
import {NESTED, NESTED_CLASSES} from '../../support/structures';

const TENANTS = Array.from({length: 10}, (_, index) => `tenant-${index}`);
const MARKS = {high: 0.8, low: 0.6};

/** What `process.emitWarning` is given, in place of a line on the screen. */
let warnings: {message: string; code?: string; type?: string}[];

/** Within a describe: the warnings of other files' specs are theirs. */
function collectWarnings(): void {
  const {emitWarning} = process;
  beforeEach(() => {
    warnings = [];
    process.emitWarning = ((message: string, options: object) => void warnings.push({message, ...options})) as never;
  });
  afterEach(() => void (process.emitWarning = emitWarning));
}

function service(tenants: readonly string[] = TENANTS) {
  const registries = new TenantRegistries({max: 100_000, maxModels: 1_000_000});
  for (const tenant of tenants) lookedAt(new ModelBuilder({registries, tenant}).define('Customer', NESTED()));
  return registries;
}

/** The tenants that the LRU holds; it holds none afterwards. */
function held(registries: TenantRegistries): string[] {
  return TENANTS.filter(tenant => registries.evict(tenant));
}

function watch(registries: Pick<TenantRegistries, 'shed' | 'stats'>, heap: FakeHeap, options: object = {}) {
  const reliefs: MemoryRelief[] = [];
  const overloads: MemoryOverload[] = [];
  const pressure = new MemoryPressure(registries, {
    ...MARKS,
    ...heap.options,
    onRelief: relief => reliefs.push(relief),
    onOverload: overload => overloads.push(overload),
    ...options,
  });
  return {pressure, reliefs, overloads};
}

/** Registries whose tenants all have work in flight. */
const leased = {shed: () => ({tenants: 0, models: 0}), stats: () => ({tenants: 3, models: 12})} as unknown as TenantRegistries;

describe('Memory pressure: tenants', () => {
  collectWarnings();

  it('stay while no collection leaves more in use than the high mark', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs} = watch(registries, heap);
    for (const used of [0, 599, 601, 800]) heap.collect(used);
    heap.used = 1_000; // garbage, until a collection says otherwise
    expect(held(registries)).to.deep.equal(TENANTS);
    expect(reliefs).to.deep.equal([]);
  });

  it('are shed at once above it, for the excess over the low mark: the least recently used', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    registries.for('tenant-0');
    watch(registries, heap);
    heap.collect(900); // a third of that is too much, so a third of the classes goes
    expect(registries.stats().models).to.equal(6 * NESTED_CLASSES);
    expect(held(registries)).to.deep.equal(TENANTS.filter((_, index) => index === 0 || index > 4));
  });

  it('are shed after each further collection, twice the share, then three times, until usage is at the low mark', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs} = watch(registries, heap);
    const left = [900, 800, 700, 600].map(used => {
      heap.collect(used);
      return registries.stats().tenants;
    });
    // 1/3 of 10 tenants, 2 * 1/4 of 6, 3 * 1/7 of 2; each time up to whole tenants
    expect(left).to.deep.equal([6, 2, 1, 1]);
    expect(reliefs).to.have.lengthOf(1);
  });

  it('stay once usage is at the low mark, until it is above the high mark again', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs} = watch(registries, heap);
    for (const used of [900, 600, 601, 800]) heap.collect(used);
    expect(registries.stats().tenants).to.equal(6);
    heap.collect(801);
    expect(registries.stats().tenants).to.be.below(6);
    heap.collect(100);
    expect(reliefs).to.have.lengthOf(2);
  });

  it('are not shed for a collection that began to mark before the last ones were shed: it may have kept them', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs} = watch(registries, heap);
    heap.collect(900);
    heap.collect(900, heap.now - 1);
    expect(registries.stats().tenants).to.equal(6);
    heap.collect(900);
    expect(registries.stats().tenants).to.be.below(6);
    heap.collect(500);
    expect(reliefs[0]).to.include({collections: 3});
  });
});

describe('Memory pressure: the report', () => {
  collectWarnings();

  it('comes once usage is low, with the evicted tenants and classes, the freed bytes and the duration', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs} = watch(registries, heap);
    heap.collect(900);
    expect(reliefs).to.deep.equal([]);
    heap.collect(650);
    heap.collect(550);
    expect(reliefs).to.deep.equal([
      {
        tenants: 5,
        models: 5 * NESTED_CLASSES,
        bytesFreed: 350,
        usedBefore: 900,
        usedAfter: 550,
        limit: 1_000,
        collections: 3,
        duration: 20,
      },
    ]);
    expect(reliefs[0]).to.be.frozen;
  });

  it('also comes once no tenant is left to shed and usage is not above the high mark', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {reliefs, overloads} = watch(registries, heap);
    for (const used of [1_000, 1_000, 700, 700]) heap.collect(used);
    expect(registries.stats().tenants).to.equal(0);
    expect(reliefs[0]).to.include({tenants: 10, usedAfter: 700});
    expect([overloads, warnings]).to.deep.equal([[], []]);
  });

  it('does not come where no tenant was shed', () => {
    const heap = new FakeHeap();
    const {reliefs} = watch(leased, heap);
    for (const used of [900, 700, 500]) heap.collect(used);
    expect(reliefs).to.deep.equal([]);
  });
});

describe('Memory pressure: the warning that nothing is left to shed', () => {
  collectWarnings();

  it('comes once a collection has shown that usage stays above the high mark, with figures and what to do', () => {
    const heap = new FakeHeap();
    heap.limit = 64 * 2 ** 20;
    const {overloads} = watch(leased, heap);
    heap.collect(60 * 2 ** 20);
    expect(warnings).to.deep.equal([]);
    heap.collect(60 * 2 ** 20);
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.include({code: 'MEMORY_PRESSURE', type: 'MemoryPressureWarning'});
    expect(warnings[0].message).to.match(/60\.0 MB.*64\.0 MB.*80 %.*3 tenants with 12 model classes/);
    expect(warnings[0].message).to.match(/--max-old-space-size.*\bmax or maxModels\b.*fewer tenants/);
    expect(overloads).to.deep.equal([{used: 60 * 2 ** 20, limit: 64 * 2 ** 20, tenants: 3, models: 12}]);
    expect(overloads[0]).to.be.frozen;
  });

  it('goes with `overloaded`, which is true until a collection leaves less than the high mark', () => {
    const heap = new FakeHeap();
    const {pressure} = watch(leased, heap);
    const seen = [900, 900, 900, 700, 900, 900].map(used => {
      heap.collect(used);
      return pressure.overloaded;
    });
    expect(seen).to.deep.equal([false, true, true, false, false, true]);
    pressure.stop();
    expect(pressure.overloaded).to.equal(false);
  });

  it('comes once, and again only after usage has been below the low mark', () => {
    const heap = new FakeHeap();
    const {overloads} = watch(leased, heap);
    for (const used of [900, 900, 950, 700, 900, 900, 600, 900, 900]) heap.collect(used);
    expect([warnings.length, overloads.length]).to.deep.equal([1, 1]);
    for (const used of [599, 900, 900, 900]) heap.collect(used);
    expect([warnings.length, overloads.length]).to.deep.equal([2, 2]);
  });

  it('comes where no tenant is held and something else fills the heap', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {overloads, reliefs} = watch(registries, heap);
    for (let collection = 0; collection < 100; collection++) heap.collect(900);
    expect(overloads).to.deep.equal([{used: 900, limit: 1_000, tenants: 0, models: 0}]);
    expect(warnings).to.have.lengthOf(1);
    heap.collect(700);
    expect(reliefs).to.have.lengthOf(1);
  });

  it('comes even if new tenants keep coming and are shed', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {overloads, reliefs} = watch(registries, heap);
    for (let collection = 0; collection < 100; collection++) {
      heap.collect(900);
      registries.for(`new-${collection}`);
    }
    expect(overloads).to.have.lengthOf(1);
    expect(overloads[0]).to.include({tenants: 0});
    heap.collect(500);
    expect(reliefs).to.have.lengthOf(1);
    expect(reliefs[0].tenants).to.equal(10 + 99);
  });
});

describe('Memory pressure: an error of user code', () => {
  collectWarnings();

  const BAD: Record<string, () => unknown> = {
    'throws what cannot be a string': () => {
      throw Object.assign(Object.create(null), {from: new Error('from user code')});
    },
    throws: () => {
      throw new Error('from user code');
    },
    rejects: () => Promise.reject(new Error('from user code')),
  };

  for (const [how, bad] of Object.entries(BAD)) {
    for (const name of ['onRelief', 'onOverload']) {
      it(`where ${name} ${how}, it becomes a process warning, and the watch goes on`, async () => {
        const [registries, heap] = [service(), new FakeHeap()];
        watch(registries, heap, {[name]: bad});
        for (let round = 0; round < 2; round++) {
          registries.for('acme');
          for (const used of [900, 900, 900, 900, 900, 500]) heap.collect(used);
          await nextJob();
        }
        expect(registries.stats().tenants).to.equal(0);
        const failures = warnings.filter(({code}) => code === 'MEMORY_PRESSURE_LISTENER');
        expect(failures).to.have.lengthOf(2);
        expect(failures[0].message).to.match(new RegExp(`${name}[^]*from user code`));
        expect(failures[0].message).to.contain('memory-pressure.spec');
      });
    }
  }

  it('becomes a process warning where the option heap throws', () => {
    const heap = new FakeHeap();
    watch(service(), heap, {heap: BAD.throws});
    expect(() => heap.collect(900)).not.to.throw();
    expect(warnings[0].message).to.match(/reading.*from user code/);
  });
});

describe('Memory pressure: stop', () => {
  collectWarnings();

  it('ends the watch, at any moment, and may be called again', () => {
    const [registries, heap] = [service(), new FakeHeap()];
    const {pressure, reliefs} = watch(registries, heap);
    heap.collect(900);
    pressure.stop();
    pressure.stop();
    expect(heap.watched).to.equal(false);
    heap.collect(900);
    expect(registries.stats().tenants).to.equal(6);
    expect(reliefs).to.deep.equal([]);
  });

  it('is called by `using`', () => {
    const heap = new FakeHeap();
    {
      using pressure = new MemoryPressure(service(), heap.options);
      expect([pressure, heap.watched]).to.deep.equal([pressure, true]);
    }
    expect(heap.watched).to.equal(false);
  });
});
