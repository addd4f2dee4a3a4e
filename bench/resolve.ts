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
const same = shape();

/** A builder for each round: stock keeps every class that it made. */
function stock(object: () => object): Work {
  let builder: Resolver;
  return {
    setUp: () => (builder = new juggler.ModelBuilder() as unknown as Resolver),
    run: () => builder.resolveType(object()),
  };
}

function ours(object: () => object): Work {
  const registries = new TenantRegistries();
  const builder = new ModelBuilder({registries, tenant: 'acme'}) as unknown as Resolver;
  // a hundred times as many: V8 is to have compiled them, as it has what runs for days
  return {operations: 20_000, run: () => builder.resolveType(object())};
}

export const resolve: Group = {
  rows: ['resolve-same', 'resolve-equal'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    const turns = {rounds: short ? 10 : 30, operations: 200};
    const pair = (object: () => object) => ({stock: stock(object), ours: ours(object)});
    return {
      'resolve-same': await inTurns(
        pair(() => same),
        turns,
        share => progress(share / 2),
      ),
      'resolve-equal': await inTurns(pair(shape), turns, share => progress((1 + share) / 2)),
    };
  },
};
