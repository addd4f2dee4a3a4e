import {ModelBuilder, TenantRegistries} from '../lib/index';
import {collidingNames, documentOf, ordinaryNames} from './colliding-names';
import type {Group} from './group';

interface Builder {
  buildModelFromInstance(name: string, document: object, options: object): new (data: object) => object;
}

/** Defines a model from a document and makes one instance. @returns milliseconds */
function timed(registries: TenantRegistries, tenant: string, document: object): number {
  const builder = new ModelBuilder({registries, tenant}) as unknown as Builder;
  const start = performance.now();
  new (builder.buildModelFromInstance('Document', document, {}))(document);
  return performance.now() - start;
}

/**
 * Measures a document whose property names were chosen to have one hash, against a document with ordinary names: for the tenant that
 * sends it, and for a tenant that sends the same names after it. The side `stock` has ordinary names. The names are those with one hash
 * in a hash without a key.
 */
export const chosenNames: Group = {
  rows: ['chosen-names', 'chosen-names-others'],
  apart: false,
  repetitions: 1,
  measure(_sides, short, progress) {
    const count = short ? 2_048 : 16_384;
    const chosen = collidingNames(count);
    const documents = {stock: documentOf(ordinaryNames(count, chosen[0].length)), ours: documentOf(chosen)};
    const own = {stock: [] as number[], ours: [] as number[]};
    const others = {stock: [] as number[], ours: [] as number[]};
    const rounds = 5;
    // the first round, in which V8 compiles the code, is not counted
    for (let round = -1; round < rounds; round++) {
      for (const side of round % 2 === 0 ? (['stock', 'ours'] as const) : (['ours', 'stock'] as const)) {
        const registries = new TenantRegistries();
        const times = ['mallory', 'acme'].map(tenant => timed(registries, tenant, documents[side]));
        if (round < 0) continue;
        own[side].push(times[0]);
        others[side].push(times[1]);
      }
      progress((round + 2) / (rounds + 1));
    }
    return Promise.resolve({'chosen-names': own, 'chosen-names-others': others});
  },
};
