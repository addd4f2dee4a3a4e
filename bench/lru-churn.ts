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

/** A tenant comes, and where too many are held, the one that came first goes. */
const WAYS: Record<Side, () => (tenant: string) => void> = {
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

export const lruChurn: Group = {
  rows: ['lru-churn'],
  apart: true,
  repetitions: 1,
  heapLimit: 256,
  async measure([side], short, progress) {
    const tenants = short ? 10_000 : 100_000;
    const come = WAYS[side]();
    const heaps: number[] = [];
    for (let tenant = 1; tenant <= tenants; tenant++) {
      come(`tenant-${tenant}`);
      // tenants come in jobs of their own
      await new Promise(setImmediate);
      if (tenant % (tenants / SAMPLES) !== 0) continue;
      heaps.push(await heapAfterCollection());
      progress(tenant / tenants);
    }
    return {'lru-churn': {[side]: [growth(heaps.slice(SAMPLES / 2))]}};
  },
};
