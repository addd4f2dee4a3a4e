/** Runs one plan in a process of its own, so that no implementation sees another's garbage. */
import juggler from 'loopback-datasource-juggler';
import {survivorsAfterCollection} from '../lifecycle/collection';
import {LivingCount} from '../scoped-registry/living-count';
import type {Message, Plan, Result, Sample} from './simulation';

/** About as many points as a picture can show: each costs a full garbage collection. */
const SAMPLES = 20;

const classes = countClasses();

process.once('message', (plan: Plan) => {
  simulate(plan).then(
    result => process.send!({type: 'result', result} satisfies Message, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function simulate({implementation: name, documents, tenants, rounds}: Plan): Promise<Result> {
  // not before the classes are counted: the library remembers juggler's methods when it is loaded
  const {IMPLEMENTATIONS} = await import('./implementations.js');
  const implementation = IMPLEMENTATIONS[name].create();
  const baseline = (await sample(0, 0)).heap;
  const growth: Sample[] = [{tenants: 0, classes: 0, heap: 0}];
  const times: number[] = [];
  const every = Math.max(1, Math.round(tenants / SAMPLES));
  for (let tenant = 1; tenant <= tenants; tenant++) {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const document of documents) implementation.define(codeOf(tenant), document);
    }
    times.push(performance.now() - start);
    if (tenant % every === 0 || tenant === tenants) growth.push(await sample(tenant, baseline));
    progress(tenant);
  }
  const full = growth.at(-1)!;

  const leaving = Math.floor(tenants / 2);
  let survivors: number | undefined;
  for (let tenant = 1; tenant <= leaving; tenant++) {
    const survived = await implementation.offboard(codeOf(tenant));
    if (survived !== undefined) survivors = (survivors ?? 0) + survived;
    progress(tenants + tenant);
  }
  const afterOffboarding = await sample(tenants - leaving, baseline);
  return {
    implementation: name,
    growth,
    afterOffboarding,
    classesPerTenant: full.classes / tenants,
    heapPerTenant: full.heap / tenants,
    timePerTenant: median(times),
    classesExpected: Math.round((full.classes * (tenants - leaving)) / tenants),
    classesLeft: afterOffboarding.classes,
    survivors,
  };
}

function codeOf(tenant: number): string {
  return `tenant-${tenant}`;
}

async function sample(tenants: number, baseline: number): Promise<Sample> {
  const alive = await survivorsAfterCollection(classes);
  return {tenants, classes: alive, heap: process.memoryUsage().heapUsed - baseline};
}

/** Counts every class that juggler makes, for whichever implementation, from here on. */
function countClasses(): LivingCount {
  const counted = new LivingCount();
  const known = new WeakSet();
  const prototype = juggler.ModelBuilder.prototype as unknown as {define(...args: unknown[]): object};
  const {define} = prototype;
  prototype.define = function (...args) {
    const model = define.apply(this, args);
    // a subclass passes here twice
    if (!known.has(model)) counted.add(model);
    known.add(model);
    return model;
  };
  return counted;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function progress(done: number): void {
  process.send!({type: 'progress', done} satisfies Message);
}
