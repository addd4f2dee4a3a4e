import {TenantContext, TenantRegistries} from '../lib/index';
import {DataSource, ModelRegistry} from '../lib/compat';
import type {Group} from './group';
import {inTurns, type Work} from './in-turns';

/** The models of each owner, and of the tenant. */
const MODELS = 500;

/**
 * The least that the API of a global registry needs, to compare with: the code of a fork is not part of this repository. A name
 * is looked up in the map of the models of no tenant, and then in that of each bucket. The models of an owner are in an array.
 * No tenant is asked for, and nothing is ever let go.
 */
class LeastRegistry {
  readonly #buckets = new Map<string, Map<string, object>>([['global', new Map()]]);
  readonly #lists = new WeakMap<object, readonly object[]>();

  register(bucket: string, name: string, owner: object, model: object): void {
    let models = this.#buckets.get(bucket);
    if (!models) this.#buckets.set(bucket, (models = new Map()));
    models.set(name, model);
    this.#lists.set(owner, [...(this.#lists.get(owner) ?? []), model]);
  }

  findModelByName(name: string): object | undefined {
    for (const models of this.#buckets.values()) {
      const model = models.get(name);
      if (model) return model;
    }
    return undefined;
  }

  getModelsForOwner(owner: object): readonly object[] {
    const isDataSource = 'connector' in owner || 'modelBuilder' in owner;
    return (isDataSource && this.#lists.get(owner)) || [];
  }
}

/** Measures look-ups in `ModelRegistry` of /compat, in a tenant's context, beside the least that they could do. */
export const compatRegistry: Group = {
  rows: ['compat-find', 'compat-owner'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    TenantRegistries.default = new TenantRegistries();
    const dataSource = new DataSource({connector: 'memory', modelRegistry: {tenant: 'acme'}});
    const boot = new DataSource({connector: 'memory'});
    const least = new LeastRegistry();
    for (let index = 0; index < MODELS; index++) {
      const name = `Model${index}`;
      least.register('acme', name, dataSource, dataSource.createModel(name, {name: String}));
      least.register('global', `Boot${index}`, boot, boot.createModel(`Boot${index}`, {name: String}));
    }
    // the tenant's models and those of no tenant
    const names = Array.from({length: 16}, (_, index) => `${index % 2 === 0 ? 'Model' : 'Boot'}${index * 31}`);
    const inContext = (run: (index: number) => unknown): Work => ({
      run,
      around: round => TenantContext.run('acme', round),
    });
    const turns = {rounds: short ? 15 : 40, operations: 20_000};
    return {
      'compat-find': await inTurns(
        {
          stock: inContext(index => least.findModelByName(names[index % 16])),
          ours: inContext(index => ModelRegistry.findModelByName(names[index % 16])),
        },
        turns,
        share => progress(share / 2),
      ),
      'compat-owner': await inTurns(
        {
          stock: inContext(() => least.getModelsForOwner(dataSource)),
          ours: inContext(() => ModelRegistry.getModelsForOwner(dataSource)),
        },
        turns,
        share => progress((share + 1) / 2),
      ),
    };
  },
};
