import {readDocuments} from '../lib/simulate/documents';
import {IMPLEMENTATIONS} from '../lib/simulate/implementations';
import {lookAt} from './first-look';
import type {Group} from './group';
import {heapAfterCollection} from './heap';

const ROUNDS = 2;

export const webhookPayloads: Group = {
  rows: ['webhook-heap', 'webhook-time', 'webhook-heap-used', 'webhook-time-used'],
  apart: true,
  repetitions: 3,
  async measure([side], short, progress) {
    const tenants = short ? 6 : 20;
    const documents = await readDocuments(undefined);
    // of the two ways of stock, the one that costs less
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
    for (const each of models) lookAt(each);
    const looking = performance.now() - start;
    const used = (await heapAfterCollection()) - before;
    progress(1);
    // here, so that it is alive until then
    await implementation.offboard('tenant-0');
    const perTenant = (value: number) => ({[side]: [value / tenants]});
    return {
      'webhook-heap': perTenant(heap),
      'webhook-time': perTenant(time),
      'webhook-heap-used': perTenant(used),
      'webhook-time-used': perTenant(time + looking),
    };
  },
};
