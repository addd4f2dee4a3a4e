import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, TenantRegistries} from '../lib/index';
import type {RowId} from './bounds';
import type {Group, Side} from './group';
import {heapAfterCollection} from './heap';

const MODELS = 60;

interface Modeller {
  define(name: string, properties: object, settings: object): unknown;
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

function measures(heap: RowId, time: RowId, makers: Record<Side, () => (tenant: string) => Modeller>): Group {
  return {
    rows: [heap, time],
    apart: true,
    repetitions: 3,
    async measure([side], short, progress) {
      const tenants = short ? 30 : 100;
      const maker = makers[side]();
      const before = await heapAfterCollection();
      const held: Modeller[] = [];
      let spent = 0;
      for (let tenant = 0; tenant < tenants; tenant++) {
        const start = performance.now();
        const modeller = maker(`tenant-${tenant}`);
        for (let model = 0; model < MODELS; model++) modeller.define(`Model${model}`, properties(model), {});
        spent += performance.now() - start;
        held.push(modeller);
        // its datasource connects
        await new Promise(setImmediate);
        progress((tenant + 1) / tenants);
      }
      const used = (await heapAfterCollection()) - before;
      return {[heap]: {[side]: [used / held.length]}, [time]: {[side]: [spent / held.length]}};
    },
  };
}

const unbounded = () => new TenantRegistries({maxModels: Infinity});

export const namedOnBuilders = measures('named-heap', 'named-time', {
  stock: () => () => new juggler.ModelBuilder() as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new ModelBuilder({registries, tenant}) as unknown as Modeller;
  },
});

export const namedOnDataSources = measures('datasource-heap', 'datasource-time', {
  stock: () => () => new juggler.DataSource({connector: 'memory'}) as unknown as Modeller,
  ours: () => {
    const registries = unbounded();
    return tenant => new DataSource({connector: 'memory', modelRegistry: {registries, tenant}}) as unknown as Modeller;
  },
});
