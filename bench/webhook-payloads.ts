import {readDocuments} from '../lib/simulate/documents';
import {IMPLEMENTATIONS} from '../lib/simulate/implementations';
import type {Group} from './group';
import {heapAfterCollection} from './heap';
import {readDefinitions} from './read-definitions';

const ROUNDS = 2;

/** Measures models made from the GitHub webhook payloads, the input of `npm start`. */
export const webhookPayloads: Group = {
  rows: ['webhook-heap', 'webhook-time', 'webhook-heap-used', 'webhook-time-used'],
  apart: true,
  repetitions: 3,
  async measure([side], short, progress) {
    const tenants = short ? 6 : 20;
    const documents = await readDocuments(undefined);
    // Stock has two ways to hold many tenants. This is the cheaper one.
    const implementation = IMPLEMENTATIONS[side === 'stock' ? 'stock-datasource' : 'scoped'](tenants);
    const before = await heapAfterCollection();
    const models: object[][] = [];
    let time = 0;
    for (let tenant = 0; tenant < tenants; tenant++) {
      const start = performance.now();
      for (let round = 0; round < ROUNDS; round++) {
        models[tenant] = documents.map(document => implementation.define(`tenant-${tenant}`, document));
      }
      time += performance.now() - start;
      progress((0.9 * (tenant + 1)) / tenants);
    }
    const heap = (await heapAfterCollection()) - before;
    const start = performance.now();
    for (const modelsOfTenant of models) readDefinitions(modelsOfTenant);
    const timeOfUse = performance.now() - start;
    const heapUsed = (await heapAfterCollection()) - before;
    progress(1);
    // This use of `implementation` keeps it alive until here, so that its models are counted above.
    await implementation.offboard('tenant-0');
    const perTenant = (value: number) => ({[side]: [value / tenants]});
    return {
      'webhook-heap': perTenant(heap),
      'webhook-time': perTenant(time),
      'webhook-heap-used': perTenant(heapUsed),
      'webhook-time-used': perTenant(time + timeOfUse),
    };
  },
};
