import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group, Side} from './group';
import {growth} from './growth';
import {heapAfterCollection} from './heap';

const HELD = 100;
const SAMPLES = 40;

const properties = () => ({
  name: String,
  address: {street: String, geo: {lat: Number, lng: Number}},
  lines: [{sku: String, quantity: Number}],
});

interface Builder {
  define(name: string, properties: object): unknown;
  deleteModelByName(name: string): void;
}

/** Each function adds a tenant. When more than HELD tenants are held, the oldest one is removed. */
const ADDERS: Record<Side, () => (tenant: string) => void> = {
  stock() {
    const builder = new juggler.ModelBuilder() as unknown as Builder;
    const names: string[] = [];
    return tenant => {
      builder.define(`${tenant}_Order`, properties());
      names.push(`${tenant}_Order`);
      if (names.length > HELD) builder.deleteModelByName(names.shift()!);
    };
  },
  ours() {
    const registries = new TenantRegistries({max: HELD});
    return tenant => void (new ModelBuilder({registries, tenant}) as unknown as Builder).define('Order', properties());
  },
};

/** Measures whether the heap grows while many tenants come and go. */
export const lruChurn: Group = {
  rows: ['lru-churn'],
  apart: true,
  repetitions: 1,
  heapLimit: 256,
  async measure([side], short, progress) {
    const tenants = short ? 10_000 : 100_000;
    const addTenant = ADDERS[side]();
    const heaps: number[] = [];
    for (let tenant = 1; tenant <= tenants; tenant++) {
      addTenant(`tenant-${tenant}`);
      // In a service each tenant comes in its own turn of the event loop.
      await new Promise(setImmediate);
      if (tenant % (tenants / SAMPLES) !== 0) continue;
      heaps.push(await heapAfterCollection());
      progress(tenant / tenants);
    }
    return {'lru-churn': {[side]: [growth(heaps.slice(SAMPLES / 2))]}};
  },
};
