import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, TenantRegistries} from '../lib/index';
import {lookAt} from './first-look';
import type {Group, Side} from './group';
import {heapAfterCollection} from './heap';

const MODELS = 60;

interface Modeller {
  define(name: string, properties: object, settings: object): object;
}

/** New objects each time, as a service has them that reads its models. Equal for all tenants, different in each model. */
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

function measures(kind: 'named' | 'datasource', makers: Record<Side, () => (tenant: string) => Modeller>): Group {
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
        // its datasource connects
        await new Promise(setImmediate);
        progress((0.9 * (tenant + 1)) / tenants);
      }
      const used = (await heapAfterCollection()) - before;
      const start = performance.now();
      for (const each of models) lookAt(each);
      const looking = performance.now() - start;
      const usedThen = (await heapAfterCollection()) - before;
      progress(1);
      const perTenant = (value: number) => ({[side]: [value / held.length]});
      return {
        [`${kind}-heap`]: perTenant(used),
        [`${kind}-time`]: perTenant(spent),
        [`${kind}-heap-used`]: perTenant(usedThen),
        [`${kind}-time-used`]: perTenant(spent + looking),
      };
    },
  };
}

const unbounded = () => new TenantRegistries({maxModels: Infinity});

export const namedOnBuilders = measures('named', {
  stock: () => () => new juggler.ModelBuilder() as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new ModelBuilder({registries, tenant}) as unknown as Modeller;
  },
});

export const namedOnDataSources = measures('datasource', {
  stock: () => () => new juggler.DataSource({connector: 'memory'}) as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new DataSource({connector: 'memory', modelRegistry: {registries, tenant}}) as unknown as Modeller;
  },
});
