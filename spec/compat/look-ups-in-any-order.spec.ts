import {expect} from 'chai';
import fc from 'fast-check';
import {install, TenantContext, TenantRegistries} from '../../lib/index';
import {ModelRegistry} from '../../lib/compat';
import {assertProperty} from '../support/assert-property';
import {freshDefault} from '../support/process-default';
import type {AnyDataSource, AnyModel} from '../support/service';

const juggler = require('loopback-datasource-juggler');

const NAMES = ['User', 'Order'] as const;
const CODES = [undefined, 'acme', 'globex'] as const;
const DATA_SOURCES = [0, 1, 2] as const;

type Name = (typeof NAMES)[number];
type Code = (typeof CODES)[number];

/** What happens on one datasource of the installed juggler, while a tenant or none runs. */
interface Step {
  readonly does: 'define' | 'delete' | 'take' | 'register' | 'cleanup' | 'idle' | 'clear';
  readonly code: Code;
  readonly on: (typeof DATA_SOURCES)[number];
  readonly name: Name;
}

interface Model {
  readonly name: Name;
  readonly on: number;
  readonly model: AnyModel;
  app: boolean;
}

/** The registry as a list of models for each tenant and for none, in the order of their definition. */
class Expected {
  readonly #models = new Map<Code, Model[]>(CODES.map(code => [code, []]));
  /** The models that clear() hides, which their datasources still have. */
  #hidden = new Set<Model>();

  of(code: Code): Model[] {
    return this.#models.get(code)!;
  }

  drop(code: Code, isDropped: (model: Model) => boolean = () => true): void {
    this.#models.set(
      code,
      this.of(code).filter(model => !isDropped(model)),
    );
  }

  clear(): void {
    for (const code of CODES) if (code !== undefined) this.drop(code);
    this.#hidden = new Set(this.of(undefined));
  }

  byName(code: Code, name: Name): AnyModel {
    const visible = [code, undefined].flatMap(each =>
      this.of(each)
        .filter(model => !this.#hidden.has(model))
        .reverse(),
    );
    return visible.find(model => model.name === name)?.model;
  }

  onDataSource(code: Code, on: number, name: Name): Model | undefined {
    return [code, undefined].flatMap(each => this.of(each)).find(model => model.on === on && model.name === name);
  }
}

const STEP: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('define', 'define', 'define', 'delete', 'take', 'register', 'cleanup', 'idle', 'clear'),
  code: fc.constantFrom(...CODES),
  on: fc.constantFrom(...DATA_SOURCES),
  name: fc.constantFrom(...NAMES),
});

describe('Whatever is defined, deleted, taken over by an application, cleaned up and cleared, in any order', function () {
  this.timeout(60_000);
  freshDefault();

  it('each look-up finds what a list of all models says', async () => {
    await assertProperty(
      fc.property(fc.array(STEP, {minLength: 5, maxLength: 25}), steps => {
        ModelRegistry.clear();
        const uninstall = install(juggler, {registries: TenantRegistries.default});
        try {
          run(steps);
        } finally {
          uninstall();
        }
      }),
      60,
    );
  });
});

function run(steps: readonly Step[]): void {
  const dataSources: AnyDataSource[] = DATA_SOURCES.map(() => new juggler.DataSource({connector: 'memory'}));
  const app = {models: {}};
  const expected = new Expected();
  for (const [index, step] of steps.entries()) {
    within(step.code, () => take(step, dataSources, app, expected));
    for (const code of CODES) within(code, () => check(`after step ${index}, for ${code}`, code, dataSources, app, expected));
  }
}

function within(code: Code, work: () => void): void {
  if (code === undefined) work();
  else TenantContext.run(code, work);
}

function take({does, code, on, name}: Step, dataSources: readonly AnyDataSource[], app: object, expected: Expected): void {
  const own = expected.of(code).find(model => model.on === on && model.name === name);
  switch (does) {
    case 'define':
      expected.drop(code, model => model === own);
      expected.of(code).push({name, on, model: dataSources[on].createModel(name, {[`on${on}`]: String}), app: false});
      break;
    case 'delete':
      // a tenant's work deletes no model of no tenant
      dataSources[on].modelBuilder.deleteModelByName(name);
      expected.drop(code, model => model === own);
      break;
    case 'take':
      if (!own) break;
      ModelRegistry.registerModelForApp(app, own.model);
      own.app = true;
      break;
    case 'register':
      if (own) ModelRegistry.registerModel(own.model);
      break;
    case 'cleanup':
      if (code === undefined) break;
      expect(ModelRegistry.cleanupTenant(code)).to.equal(new Set(expected.of(code).map(model => model.name)).size);
      expected.drop(code);
      break;
    case 'idle':
      // what is evicted comes back, because this spec holds its classes
      ModelRegistry.cleanupInactiveTenants(0);
      break;
    case 'clear':
      ModelRegistry.clear();
      expected.clear();
      break;
  }
}

function check(title: string, code: Code, dataSources: readonly AnyDataSource[], app: object, expected: Expected): void {
  for (const name of NAMES) {
    expect(ModelRegistry.findModelByName(name), `${title}: ${name}`).to.equal(expected.byName(code, name));
    for (const on of DATA_SOURCES) {
      const model = expected.onDataSource(code, on, name);
      const owned = model && !model.app ? model.model : undefined;
      const where = `${title}: ${name} of datasource ${on}`;
      expect(ModelRegistry.getModelForOwner(dataSources[on], name), where).to.equal(owned);
      const listed = ModelRegistry.getModelsForOwner(dataSources[on]);
      expect(listed.includes(owned as never), where).to.equal(owned !== undefined);
      expect(ModelRegistry.getModelNamesForOwner(dataSources[on]).includes(name), where).to.equal(owned !== undefined);
      expect(ModelRegistry.getModelsForOwner(dataSources[on])).to.equal(listed);
    }
  }
  const taken = [code, undefined].flatMap(each => expected.of(each)).filter(model => model.app);
  for (const model of ModelRegistry.getModelsForOwner(app))
    expect(
      taken.some(each => each.model === model),
      title,
    ).to.equal(true);
  for (const {name} of taken.filter(({model}) => ModelRegistry.findModelByName(model.modelName) === model))
    expect(ModelRegistry.getModelNamesForOwner(app), title).to.include(name);
}
