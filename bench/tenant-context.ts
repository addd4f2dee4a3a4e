import {AsyncLocalStorage} from 'node:async_hooks';
import {TenantContext, TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns} from './in-turns';

const empty = () => {};

/** Measures an empty `TenantContext.run`. The file context.ts measures the other operations of contexts. */
export const tenantContext: Group = {
  rows: ['context-run'],
  apart: false,
  // V8 sometimes inlines less of `run` into its caller, and then all rounds of that process are slower
  repetitions: 9,
  async measure(_sides, _short, progress) {
    const registries = new TenantRegistries();
    registries.for('acme');
    const bare = new AsyncLocalStorage<object>();
    const store = {};
    // Both sides use a local variable. Access to an import costs time that is not part of the work.
    const context = TenantContext;
    const pair = {
      stock: {run: () => bare.run(store, empty)},
      ours: {run: () => context.run('acme', empty)},
    };
    // Also in a short run: with fewer rounds, most of them come before V8 has optimized the code.
    return {'context-run': await inTurns(pair, {rounds: 60, operations: 20_000}, progress)};
  },
};
