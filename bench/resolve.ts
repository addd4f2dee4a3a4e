import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns, type Work} from './in-turns';

interface Resolver {
  resolveType(shape: object): unknown;
}

/** 5 properties, 3 levels. */
const shape = () => ({
  name: String,
  size: Number,
  part: {from: {city: String, since: Date}, open: Boolean},
  tags: [String],
  code: {type: String, index: true},
});

/** A builder for each round: stock keeps every class that it made. */
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
  // a hundred times as many: V8 is to have compiled them, as it has what runs for days
  return {operations: 20_000, run: () => builder.resolveType(shape())};
}

export const resolve: Group = {
  rows: ['resolve'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    return {resolve: await inTurns({stock: stock(), ours: ours()}, {rounds: short ? 10 : 30, operations: 200}, progress)};
  },
};
