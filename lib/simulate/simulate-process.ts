/** The child process that runs one plan. Each implementation has its own process, so that none runs with another's heap. */
import juggler from 'loopback-datasource-juggler';
import {survivorsAfterCollection} from '../lifecycle/generations/garbage-collection';
import {isModelClass, type ModelClass} from '../scoped-registry/juggler/types';
import {definitionSourceOf, madeTypesOf} from '../scoped-registry/classes/lazy-definition';
import {itemType} from '../scoped-registry/juggler/item-type';
import {WeakBag} from '../scoped-registry/primitives/weak-bag';
import type {InputDocument} from './input-document';
import {IMPLEMENTATIONS, type Implementation} from './implementations';
import type {Message, Plan, Result, Sample} from './simulation';

/** The number of points of a growth curve, roughly. Each point costs a full garbage collection. */
const SAMPLES = 20;

const classes = countClasses();

// Control-C in a terminal sends SIGINT to both processes. The parent process decides what happens, and ends this process.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
process.once('message', (plan: Plan) => {
  simulate(plan).then(
    result => finish({type: 'result', result}),
    (error: unknown) => finish({type: 'failure', message: error instanceof Error ? error.message : String(error)}),
  );
});

function finish(message: Message): void {
  process.send!(message, () => process.disconnect());
}

async function simulate({implementation: name, documents, tenants, rounds}: Plan): Promise<Result> {
  const implementation = IMPLEMENTATIONS[name](tenants);
  const baseline = (await sample(0, 0)).heap;
  const growth: Sample[] = [{tenants: 0, classes: 0, heap: 0}];
  const times: number[] = [];
  const every = Math.max(1, Math.round(tenants / SAMPLES));
  for (let tenant = 1; tenant <= tenants; tenant++) {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const document of documents) define(implementation, codeOf(tenant), document);
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
  const classesExpected = Math.round((full.classes * (tenants - leaving)) / tenants);
  const afterOffboarding = await sample(tenants - leaving, baseline, classesExpected);
  return {
    implementation: name,
    growth,
    afterOffboarding,
    classesPerTenant: full.classes / tenants,
    heapPerTenant: full.heap / tenants,
    timePerTenant: median(times),
    classesExpected,
    classesLeft: afterOffboarding.classes,
    survivors,
  };
}

function define(implementation: Implementation, tenant: string, document: InputDocument): void {
  try {
    count(implementation.define(tenant, document));
  } catch (error) {
    throw new Error(`juggler makes no model of ${document.name} (${document.origin}): ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function codeOf(tenant: number): string {
  return `tenant-${tenant}`;
}

async function sample(tenants: number, baseline: number, expected = Infinity): Promise<Sample> {
  const alive = await survivorsAfterCollection(classes, expected);
  return {tenants, classes: alive, heap: process.memoryUsage().heapUsed - baseline};
}

/** Replaces juggler's `define`, so that every class that it makes from now on is counted, for each implementation. */
function countClasses(): WeakBag<object> {
  const counted = new WeakBag<object>();
  const prototype = juggler.ModelBuilder.prototype as unknown as {define(...args: unknown[]): object};
  const {define} = prototype;
  prototype.define = function (...args) {
    const model = define.apply(this, args);
    counted.add(model);
    return model;
  };
  return counted;
}

/** Counts a class and its embedded classes. Most of them this library makes without juggler's `define`. */
function count(model: object, seen = new Set<object>()): void {
  if (seen.has(model)) return;
  seen.add(model);
  // The replaced `define` may have counted this class already. The bag holds each class once.
  classes.add(model);
  const {definition} = model as ModelClass;
  // Reading `types` makes the embedded classes that do not exist yet.
  void definitionSourceOf(definition)?.types;
  for (const type of madeTypesOf(definition)) {
    const part = itemType(type);
    if (isModelClass(part)) count(part, seen);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function progress(done: number): void {
  process.send!({type: 'progress', done} satisfies Message);
}
