import {AsyncLocalStorage} from 'node:async_hooks';
import {TenantContext, TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns} from './in-turns';

const empty = () => {};

/** What else a context may be asked to do is in context.ts. */
export const tenantContext: Group = {
  rows: ['context-run'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    const registries = new TenantRegistries();
    registries.for('acme');
    const bare = new AsyncLocalStorage<object>();
    const store = {};
    // a local variable, as the other one: to look an import up is part of neither
    const context = TenantContext;
    const pair = {
      stock: {run: () => bare.run(store, empty)},
      ours: {run: () => context.run('acme', empty)},
    };
    return {'context-run': await inTurns(pair, {rounds: short ? 15 : 40, operations: 20_000}, progress)};
  },
};
