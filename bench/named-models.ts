import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group, Side} from './group';
import {heapAfterCollection} from './heap';
import {readDefinitions} from './read-definitions';

const MODELS = 60;

interface Modeller {
  define(name: string, properties: object, settings: object): object;
}

/** The properties of a model: equal for all tenants, different for each model. Each call makes new objects, as reading JSON does. */
const properties = (model: number) => ({
  name: {type: String, required: true},
  created: Date,
  count: {type: Number, default: 0},
  address: {street: String, city: String, [`zip${model}`]: String},
  contact: {email: String, [`phone${model}`]: String},
  lines: [{sku: String, quantity: Number, [`price${model}`]: Number}],
  place: {[`lat${model}`]: Number, lng: Number},
  audit: {by: String, at: Date, [`why${model}`]: String},
});

function groupFor(kind: 'named' | 'datasource', makers: Record<Side, () => (tenant: string) => Modeller>): Group {
  return {
    rows: [`${kind}-heap`, `${kind}-time`, `${kind}-heap-used`, `${kind}-time-used`],
    apart: true,
    repetitions: 3,
    async measure([side], short, progress) {
      const tenants = short ? 30 : 100;
      const maker = makers[side]();
      const before = await heapAfterCollection();
      const held: Modeller[] = [];
      const models: object[][] = [];
      let spent = 0;
      for (let tenant = 0; tenant < tenants; tenant++) {
        const start = performance.now();
        const modeller = maker(`tenant-${tenant}`);
        models[tenant] = Array.from({length: MODELS}, (_, model) => modeller.define(`Model${model}`, properties(model), {}));
        spent += performance.now() - start;
        held.push(modeller);
        // The datasource connects in a later turn of the event loop.
        await new Promise(setImmediate);
        progress((0.9 * (tenant + 1)) / tenants);
      }
      const heapDefined = (await heapAfterCollection()) - before;
      const start = performance.now();
      for (const modelsOfTenant of models) readDefinitions(modelsOfTenant);
      const timeOfUse = performance.now() - start;
      const heapUsed = (await heapAfterCollection()) - before;
      progress(1);
      const perTenant = (value: number) => ({[side]: [value / held.length]});
      return {
        [`${kind}-heap`]: perTenant(heapDefined),
        [`${kind}-time`]: perTenant(spent),
        [`${kind}-heap-used`]: perTenant(heapUsed),
        [`${kind}-time-used`]: perTenant(spent + timeOfUse),
      };
    },
  };
}

const unbounded = () => new TenantRegistries({maxModels: Infinity});

/** Measures 60 named models for each tenant, without a datasource. */
export const namedOnBuilders = groupFor('named', {
  stock: () => () => new juggler.ModelBuilder() as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new ModelBuilder({registries, tenant}) as unknown as Modeller;
  },
});

/** Measures 60 named models for each tenant, with a datasource for each tenant. */
export const namedOnDataSources = groupFor('datasource', {
  stock: () => () => new juggler.DataSource({connector: 'memory'}) as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new DataSource({connector: 'memory', modelRegistry: {registries, tenant}});
  },
});
