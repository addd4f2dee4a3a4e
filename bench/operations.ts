/**
 * Data access on the memory connector with embedded data, side by side with stock juggler in one run: rounds in turns,
 * medians. Machines are noisy, so read the ratios.
 */
import juggler from 'loopback-datasource-juggler';
import {DataSource, TenantContext, TenantRegistries} from '../lib/index';

/** Operations per second: medians over the rounds. */
export interface OperationsResult {
  readonly operation: string;
  readonly style: 'promise' | 'callback';
  /** Of ours; stock's run as they are. */
  readonly context: boolean;
  readonly stock: number;
  readonly ours: number;
}

export interface OperationsOptions {
  /** @default 31 */
  readonly rounds?: number;
  /** Operations of one kind in one round. @default 200 */
  readonly count?: number;
}

type Work = (index: number) => Promise<unknown>;
type Answer = (error: Error | null, result: unknown) => void;
/** Makes an operation's call a promise, in whichever style. */
type Caller = (receiver: any, name: string, ...args: unknown[]) => Promise<any>;

const CALLERS: Record<OperationsResult['style'], Caller> = {
  promise: (receiver, name, ...args) => receiver[name](...args),
  callback: (receiver, name, ...args) =>
    new Promise((resolve, reject) => {
      const answer: Answer = (error, result) => (error ? reject(error) : resolve(result));
      receiver[name](...args, answer);
    }),
};

const RECORDS = 10;
/** Rounds that do not count: V8 compiles in them. */
const WARM_UP = 20;

const record = (index: number) => ({
  name: `customer ${index}`,
  address: {street: 'Main Street 1', geo: {lat: 1.5, lng: index}},
  items: [
    {sku: 'a', count: index},
    {sku: 'b', count: 2},
  ],
});

function define(dataSource: any): any {
  return dataSource.createModel('Customer', {
    name: String,
    address: {street: String, geo: {lat: Number, lng: Number}},
    items: [{sku: String, count: Number}],
  });
}

/** By name; each begins with the same few records, because the memory connector looks at all of them. */
const OPERATIONS: Record<string, (Model: any, call: Caller) => Promise<Work>> = {
  create: async (Model, call) => index => call(Model, 'create', record(index)),
  find: async (Model, call) => () => call(Model, 'find', {where: {name: 'customer 3'}}),
  findById: async (Model, call) => {
    const {id} = await Model.findOne();
    return () => call(Model, 'findById', id);
  },
  updateAttributes: async (Model, call) => {
    const one = await Model.findOne();
    return index => call(one, 'updateAttributes', record(index));
  },
  updateAll: async (Model, call) => index => call(Model, 'updateAll', {name: 'customer 3'}, {address: record(index).address}),
};

export async function operations({rounds = 31, count = 200}: OperationsOptions = {}): Promise<OperationsResult[]> {
  const registries = new TenantRegistries();
  const models = {
    stock: define(new juggler.DataSource({connector: 'memory'})),
    ours: define(new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}} as never)),
  };
  const results = [];
  for (const context of [false, true]) {
    for (const style of ['promise', 'callback'] as const) {
      for (const [operation, prepare] of Object.entries(OPERATIONS)) {
        const times = {stock: [] as number[], ours: [] as number[]};
        for (let round = -WARM_UP; round < rounds; round++) {
          // in turns: what the one has heated up, or left to collect, is the other's as often
          for (const maker of round % 2 ? (['stock', 'ours'] as const) : (['ours', 'stock'] as const)) {
            const Model = models[maker];
            await Model.destroyAll();
            await Model.create(Array.from({length: RECORDS}, (_, index) => record(index)));
            const work = await prepare(Model, CALLERS[style]);
            const measured = () => milliseconds(work, count);
            const spent = await (context && maker === 'ours' ? TenantContext.run('acme', measured) : measured());
            if (round >= 0) times[maker].push(spent);
          }
        }
        const perSecond = (list: number[]) => Math.round((count * 1_000) / median(list));
        results.push({operation, style, context, stock: perSecond(times.stock), ours: perSecond(times.ours)});
      }
    }
  }
  await registries.dispose();
  return results;
}

async function milliseconds(work: Work, count: number): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < count; index++) await work(index);
  return performance.now() - start;
}

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1];

async function main(): Promise<void> {
  const results = await operations();
  console.log(`Node ${process.version}, operations per second on the memory connector`);
  for (const {operation, style, context, stock, ours} of results) {
    const title = `${operation}, ${style}${context ? ', in a context' : ''}`;
    console.log(
      `${title.padEnd(42)} stock ${String(stock).padStart(7)}  ours ${String(ours).padStart(7)}  ${(ours / stock).toFixed(2)} ×`,
    );
  }
}

if (require.main === module) void main();
