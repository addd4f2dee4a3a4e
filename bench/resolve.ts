import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns, type Work} from './in-turns';

interface Resolver {
  resolveType(shape: object): unknown;
}

/** 5 properties on 3 levels. */
const shape = () => ({
  name: String,
  size: Number,
  part: {from: {city: String, since: Date}, open: Boolean},
  tags: [String],
  code: {type: String, index: true},
});

/** Each round gets a new builder, because stock keeps every class that it has made. */
function stock(): Work {
  let builder: Resolver;
  return {
    setUp: () => (builder = new juggler.ModelBuilder() as unknown as Resolver),
    run: () => builder.resolveType(shape()),
  };
}

function ours(): Work {
  const registries = new TenantRegistries();
  const builder = new ModelBuilder({registries, tenant: 'acme'}) as unknown as Resolver;
  // 100 times as many operations as stock, because each is much shorter: V8 must have time to optimize the code, as in a long-running
  // service.
  return {operations: 20_000, run: () => builder.resolveType(shape())};
}

/** Measures resolving a structure whose class exists already, with a new equal object each time. */
export const resolve: Group = {
  rows: ['resolve'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    return {resolve: await inTurns({stock: stock(), ours: ours()}, {rounds: short ? 10 : 30, operations: 200}, progress)};
  },
};
