import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns, type Work} from './in-turns';

/** The number of tenants that do the work on both sides. The row shows what all the other tenants cost them. */
const AT_WORK = 10;

const shape = () => ({street: String, geo: {lat: Number, lng: Number}});
const sameShape = shape();

interface Builder {
  define(name: string, properties: object): unknown;
  resolveType(shape: object): unknown;
}

function works(tenants: number): Record<'resolve' | 'for' | 'offboard', Work> {
  const registries = new TenantRegistries({max: tenants, maxModels: Infinity, maxTombstones: tenants});
  const builder = (tenant: string) => new ModelBuilder({registries, tenant}) as unknown as Builder;
  const build = (tenant: string) => builder(tenant).define('Customer', {name: String, address: shape()});
  const codes = Array.from({length: tenants}, (_, index) => `tenant-${index}`);
  for (const code of codes) build(code);
  // The working tenants are spread over the whole LRU order.
  const working = codes.filter((_, index) => index % (tenants / AT_WORK) === 0);
  const builders = working.map(builder);
  const code = (index: number) => working[index % AT_WORK];
  return {
    resolve: {run: index => builders[index % AT_WORK].resolveType(sameShape)},
    for: {run: index => registries.for(code(index))},
    offboard: {
      setUp() {
        for (const tenant of working) {
          if (registries.reinstate(tenant)) build(tenant);
        }
      },
      run: index => registries.offboard(code(index)),
    },
  };
}

/** Measures work among 10,000 tenants compared with the same work among 10. The side `stock` is the one with 10 tenants. */
export const manyTenants: Group = {
  rows: ['tenants-resolve', 'tenants-for', 'tenants-offboard'],
  apart: false,
  repetitions: 2,
  async measure(_sides, short, progress) {
    const few = works(AT_WORK);
    const many = works(short ? 1_000 : 10_000);
    const pair = (name: keyof typeof few) => ({stock: few[name], ours: many[name]});
    const rounds = short ? 15 : 60;
    progress(0.5);
    return {
      'tenants-resolve': await inTurns(pair('resolve'), {rounds, operations: 1_000}),
      'tenants-for': await inTurns(pair('for'), {rounds, operations: 10_000}),
      'tenants-offboard': await inTurns(pair('offboard'), {rounds, operations: AT_WORK, wait: true}, share =>
        progress(0.5 + share / 2),
      ),
    };
  },
};
