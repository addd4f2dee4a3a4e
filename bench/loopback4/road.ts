import type {RowId} from '../bounds';
import type {Group, Samples} from '../group';
import {median} from '../measurement';
import {ENTITIES, type Way} from './application';
import {Server} from './server';

const WAYS: readonly Way[] = ['none', 'dynamic', 'shared', 'tenant'];
/** Tenants that are served before anything is measured: V8 compiles the code, and the application makes what all tenants need. */
const WARM_UP = 5;
const CLIENTS = 8;

const row = JSON.stringify({
  name: 'x',
  created: '2026-01-01T00:00:00.000Z',
  address: {first: 'a'},
  contact: {first: 'b'},
  lines: [{first: 'c'}, {first: 'd'}],
});

type PerWay<T> = Record<Way, T>;

function perWay<T>(valueOf: (way: Way) => T): PerWay<T> {
  return Object.fromEntries(WAYS.map(way => [way, valueOf(way)])) as PerWay<T>;
}

/** A tenant's first request to each entity. */
async function firstRequests(server: Server, tenant: string): Promise<number> {
  const start = performance.now();
  for (let entity = 0; entity < ENTITIES; entity++) await server.call(tenant, `/Entity${entity}`, row);
  return performance.now() - start;
}

/** Requests of all tenants in turn, by several clients at once. */
async function load(server: Server, tenants: readonly string[], requests: number): Promise<{rate: number; p99: number}> {
  const latencies: number[] = [];
  let next = 0;
  const client = async () => {
    while (next < requests) {
      const index = next++;
      const start = performance.now();
      await server.call(tenants[index % tenants.length], `/Entity${index % ENTITIES}`);
      latencies.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({length: CLIENTS}, client));
  const rate = (requests * 1_000) / (performance.now() - start);
  latencies.sort((a, b) => a - b);
  return {rate, p99: latencies[Math.floor(0.99 * latencies.length)]};
}

/**
 * Measures applications of LoopBack 4 over HTTP: 20 entities with three nested models each, which each tenant uses. Every way of getting
 * tenants has a process of its own, and they take turns. Heap and the time of first requests are what comes on top of the application
 * without tenants. The side `stock` is loopback4-dynamic-datasource, or the application without tenants where the row's title says so.
 */
export const loopback4Road: Group = {
  rows: [
    'road-heap-shared',
    'road-heap-tenant',
    'road-first-shared',
    'road-first-tenant',
    'road-rate-none',
    'road-rate-dynamic',
    'road-p99-none',
  ],
  apart: false,
  repetitions: 2,
  async measure(_sides, short, progress) {
    const tenants = Array.from({length: short ? 20 : 60}, (_, index) => `tenant-${index}`);
    const rounds = short ? 4 : 12;
    const servers = perWay(() => undefined as unknown as Server);
    try {
      for (const way of WAYS) servers[way] = await Server.start(way, CLIENTS);
      for (let tenant = 0; tenant < WARM_UP; tenant++)
        for (const way of WAYS) await firstRequests(servers[way], `warm-${tenant}`);
      const heap = perWay(() => 0);
      for (const way of WAYS) heap[way] = -(await servers[way].heap());
      const first = perWay((): number[] => []);
      for (const [index, tenant] of tenants.entries()) {
        // the order changes, because one side may pay for what the machine does after the side before it
        for (const way of index % 2 === 0 ? WAYS : WAYS.toReversed()) first[way].push(await firstRequests(servers[way], tenant));
        progress((0.6 * index) / tenants.length);
      }
      for (const way of WAYS) heap[way] = (heap[way] + (await servers[way].heap())) / tenants.length;
      const rates = perWay((): number[] => []);
      const p99 = perWay((): number[] => []);
      for (let round = -1; round < rounds; round++) {
        for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
          const measured = await load(servers[way], tenants, 1_000);
          if (round < 0) continue;
          rates[way].push(measured.rate);
          p99[way].push(measured.p99);
        }
        progress(0.6 + (0.4 * (round + 2)) / (rounds + 1));
      }
      const time = perWay(way => median(first[way]));
      const onTop = (values: PerWay<number>, way: Way) => ({
        stock: [values.dynamic - values.none],
        ours: [values[way] - values.none],
      });
      return {
        'road-heap-shared': onTop(heap, 'shared'),
        'road-heap-tenant': onTop(heap, 'tenant'),
        'road-first-shared': onTop(time, 'shared'),
        'road-first-tenant': onTop(time, 'tenant'),
        'road-rate-none': {stock: rates.none, ours: rates.shared},
        'road-rate-dynamic': {stock: rates.dynamic, ours: rates.shared},
        'road-p99-none': {stock: p99.none, ours: p99.shared},
      } satisfies Samples & Partial<Record<RowId, unknown>>;
    } finally {
      for (const way of WAYS) servers[way]?.stop();
    }
  },
};
