import {isDeepStrictEqual} from 'node:util';
import {expect} from 'chai';
import fc from 'fast-check';
import {forJuggler, TenantContext, TenantRegistries, type Juggler} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import {JUGGLERS} from '../support/side-by-side';

/**
 * In juggler each datasource has a builder of its own. The datasources of one tenant share a registry, and answer as if they had not.
 * Names in relations and in types are left out: there, a name that a datasource does not have means the tenant's model.
 */
interface Side {
  readonly dataSources: readonly any[];
  /** A builder that no datasource has. */
  readonly bare: any;
  readonly run: <T>(work: () => T) => T;
  readonly registries?: TenantRegistries;
}

const COUNT = 3;
const NAMES = ['A', 'B'] as const;

function stock(juggler: any): Side {
  const dataSources = times(() => new juggler.DataSource('db', {connector: 'memory'}));
  return {dataSources, bare: new juggler.ModelBuilder(), run: work => work()};
}

const WAYS: Record<string, (registries: TenantRegistries) => {options: object; run: Side['run']}> = {
  'bound to their tenant': registries => ({options: {registries, tenant: 'acme'}, run: work => work()}),
  'of a registry': registries => ({options: {registry: registries.for('acme')}, run: work => work()}),
  'that follow the running tenant': registries => ({options: {registries}, run: work => TenantContext.run('acme', work)}),
  'that follow, where no tenant runs': registries => ({options: {registries}, run: work => work()}),
};

function ours(juggler: any, way: string): Side {
  const {DataSource, ModelBuilder} = forJuggler(juggler as Juggler);
  const registries = new TenantRegistries();
  const {options, run} = WAYS[way](registries);
  const dataSources = times(() => new DataSource({name: 'db', connector: 'memory', modelRegistry: options}));
  return {dataSources, bare: new ModelBuilder(options), run, registries};
}

const times = (make: () => unknown) => Array.from({length: COUNT}, make);

type Step =
  | {
      do: 'createModel' | 'define' | 'getModel' | 'getModel, forced' | 'repository' | 'deleteModelByName';
      on: number;
      name: string;
    }
  | {do: 'deleteAllModels'; on: number}
  | {do: 'bare'; name: string}
  | {do: 'attach'; on: number; which: number};

const on = fc.nat(COUNT - 1);
const name = fc.constantFrom(...NAMES);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {weight: 6, arbitrary: fc.record({do: fc.constantFrom('createModel', 'define', 'repository'), on, name})},
    {weight: 2, arbitrary: fc.record({do: fc.constantFrom('getModel', 'getModel, forced', 'deleteModelByName'), on, name})},
    {weight: 1, arbitrary: fc.record({do: fc.constant('deleteAllModels'), on})},
    {weight: 2, arbitrary: fc.record({do: fc.constant('bare'), name})},
    {weight: 3, arbitrary: fc.record({do: fc.constant('attach'), on, which: fc.nat(20)})},
  ),
  {minLength: 2, maxLength: 14},
);

/** Does the steps, and tells what each datasource answers after each of them, and which rows it has at the end. */
async function observe(side: Side, walk: readonly Step[]): Promise<unknown[]> {
  const {dataSources, bare, registries} = side;
  const made: any[] = [];
  const label = (model: any): string | undefined => {
    if (!model) return undefined;
    if (!made.includes(model)) made.push(model);
    return `${made.indexOf(model)}${model.settings?.unresolved ? '?' : ''}`;
  };
  /** A datasource of ours that has lost a class to another one does not answer for it any more. */
  const answer = (dataSource: any, name: string): any => {
    const model = dataSource.getModel(name);
    return model?.dataSource && model.dataSource !== dataSource ? 'of another datasource' : model;
  };
  const take = (step: Step): unknown => {
    if (step.do === 'bare') return label(bare.define(step.name, {title: String}));
    const dataSource = dataSources[step.on];
    switch (step.do) {
      case 'createModel':
      case 'define':
        return label(dataSource[step.do](step.name, {title: String, inner: {of: String}}));
      case 'getModel':
        return label(answer(dataSource, step.name));
      case 'getModel, forced':
        return label(dataSource.getModel(step.name, true));
      case 'repository':
        return label(asRepository(dataSource, step.name));
      case 'deleteModelByName':
        return dataSource.deleteModelByName(step.name);
      case 'deleteAllModels':
        return NAMES.forEach(name => dataSource.deleteModelByName(name));
      case 'attach': {
        const models = made.filter(model => !model.settings?.unresolved);
        if (models.length === 0) return undefined;
        const model = models[step.which % models.length];
        dataSource.attach(model);
        if (!registries) forget(dataSources, dataSource, model);
        return label(model);
      }
    }
  };
  const answers = () => dataSources.map(dataSource => NAMES.map(name => label(answer(dataSource, name))));
  const seen: unknown[] = walk.map(step => side.run(() => [take(step), ...answers()]));
  for (const [index, dataSource] of dataSources.entries())
    for (const name of NAMES) {
      const model = side.run(() => answer(dataSource, name));
      if (!model || model.settings?.unresolved) continue;
      for (let row = 0; row <= index; row++) await side.run(() => model.create({title: `${index}`, inner: {of: name}}));
      seen.push([index, name, await side.run(() => model.count()), rowsOf(dataSource, name)]);
      seen.push(side.run(() => [dataSource.idName(name), dataSource.getModelDefinition(name) === model.definition]));
      seen.push(side.run(() => [dataSource.models[name] === model, dataSource.definitions[name] === model.definition]));
    }
  if (registries) side.run(() => assertCounted(registries, side, answer));
  return seen;
}

/** What LoopBack 4's repository does for its entity. */
function asRepository(dataSource: any, name: string): any {
  const known = dataSource.getModel(name);
  if (known) return known;
  dataSource.getModel(name, true);
  const model = dataSource.createModel(name, {title: String, inner: {of: String}}, {strict: true});
  model.attachTo(dataSource);
  return model;
}

/** In juggler the datasource that a class leaves goes on listing it. */
function forget(dataSources: readonly any[], attached: any, model: any): void {
  for (const each of dataSources) {
    if (each === attached || each.models[model.modelName] !== model) continue;
    delete each.models[model.modelName];
    delete each.definitions[model.modelName];
  }
}

const rowsOf = (dataSource: any, name: string) => Object.keys(dataSource.connector.cache[name] ?? {}).length;

/** Every class that a name leads to is counted, and no other. */
function assertCounted(
  registries: TenantRegistries,
  {dataSources}: Side,
  answer: (dataSource: any, name: string) => unknown,
): void {
  const registry =
    registries.current().tenant === undefined && !registries.peek('acme') ? registries.shared : registries.for('acme');
  const led = new Set<unknown>(Object.values<any>(registry.models).filter(model => !model.settings?.anonymous));
  for (const dataSource of dataSources) for (const name of NAMES) if (answer(dataSource, name)) led.add(answer(dataSource, name));
  expect(registry.stats().models).to.equal(led.size);
}

/** Walks that each have failed once. */
const EXAMPLES: Step[][] = [
  [
    {do: 'repository', on: 0, name: 'A'},
    {do: 'repository', on: 1, name: 'A'},
    {do: 'repository', on: 0, name: 'A'},
  ],
  [
    {do: 'createModel', on: 0, name: 'A'},
    {do: 'getModel, forced', on: 1, name: 'A'},
    {do: 'bare', name: 'A'},
    {do: 'createModel', on: 1, name: 'A'},
    {do: 'deleteModelByName', on: 1, name: 'A'},
  ],
];

describe('Datasources of one tenant answer for their own models, as on stock', () => {
  for (const {major, juggler, share} of JUGGLERS)
    for (const way of Object.keys(WAYS))
      it(`${way} (juggler ${major})`, async () => {
        const same = fc.asyncProperty(steps, async walk => {
          const [seen, onStock] = [await observe(ours(juggler, way), walk), await observe(stock(juggler), walk)];
          const step = onStock.findIndex((one, index) => !isDeepStrictEqual(one, seen[index]));
          expect(JSON.stringify(seen[step]), `after step ${step}`).to.equal(JSON.stringify(onStock[step]));
        });
        await assertProperty(same, Math.ceil(100 * share), {examples: EXAMPLES.map(walk => [walk])});
      });
});
