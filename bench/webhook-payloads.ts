import {readDocuments} from '../lib/simulate/documents';
import {IMPLEMENTATIONS} from '../lib/simulate/implementations';
import type {Group} from './group';
import {heapAfterCollection} from './heap';

const ROUNDS = 2;

export const webhookPayloads: Group = {
  rows: ['webhook-heap', 'webhook-time'],
  apart: true,
  repetitions: 3,
  async measure([side], short, progress) {
    const tenants = short ? 6 : 20;
    const documents = await readDocuments(undefined);
    // of the two ways of stock, the one that costs less
    const implementation = IMPLEMENTATIONS[side === 'stock' ? 'stock-datasource' : 'scoped'].create(tenants);
    const before = await heapAfterCollection();
    let time = 0;
    for (let tenant = 0; tenant < tenants; tenant++) {
      const start = performance.now();
      for (let round = 0; round < ROUNDS; round++) {
        for (const document of documents) implementation.define(`tenant-${tenant}`, document);
      }
      time += performance.now() - start;
      progress((tenant + 1) / tenants);
    }
    const heap = (await heapAfterCollection()) - before;
    // here, so that it is alive until then
    await implementation.offboard('tenant-0');
    return {'webhook-heap': {[side]: [heap / tenants]}, 'webhook-time': {[side]: [time / tenants]}};
  },
};
