import juggler from 'loopback-datasource-juggler';
import {DataSource, TenantContext, TenantRegistries} from '../lib/index';
import type {RowId} from './bounds';
import type {Group, Samples, Side} from './group';
import {inTurns, type Work} from './in-turns';

/** The number of rows in the table. It is small, because the memory connector reads all rows for each `find`. */
const ROWS = 10;
const TENANT = 'acme';

const address = (index: number) => ({street: `Street ${index}`, geo: {lat: index, lng: -index}});
const order = (index: number) => ({
  name: `Order ${index}`,
  address: address(index),
  lines: [
    {sku: 'a', quantity: index},
    {sku: 'b', quantity: 1},
  ],
});

interface Instance {
  updateAttributes(data: object): Promise<unknown>;
}
interface Model {
  create(data: object): Promise<Instance>;
  find(filter: object): Promise<Instance[]>;
  destroyAll(): Promise<unknown>;
}

function model(dataSource: object): Model {
  return (dataSource as juggler.DataSource).createModel('Order', {
    name: {type: String, required: true},
    address: {street: String, geo: {lat: Number, lng: Number}},
    lines: [{sku: String, quantity: Number}],
  }) as unknown as Model;
}

const MODELS: Record<Side, () => Model> = {
  stock: () => model(new juggler.DataSource({connector: 'memory'})),
  ours: () => model(new DataSource({connector: 'memory', modelRegistry: {registries: new TenantRegistries(), tenant: TENANT}})),
};

/** The operations on a model. `setUp` fills its table with the same rows before each round. */
function works(Order: Model, around?: Work['around']): Record<'create' | 'find' | 'update', Work> {
  let found: Instance[] = [];
  const setUp = async () => {
    await Order.destroyAll();
    found = [];
    for (let index = 0; index < ROWS; index++) found.push(await Order.create(order(index)));
  };
  return {
    create: {setUp, around, run: index => Order.create(order(index))},
    find: {setUp, around, run: () => Order.find({where: {name: {neq: 'Order 0'}}, order: 'name'})},
    update: {setUp, around, run: index => found[index % ROWS].updateAttributes({name: 'New', address: address(index)})},
  };
}

/** Measures operations on the memory connector, with and without a tenant's context around them. */
export const memoryConnector: Group = {
  rows: ['create', 'find', 'update', 'context-create', 'context-find', 'context-update'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    const stock = works(MODELS.stock());
    const inContext: Work['around'] = round => TenantContext.run(TENANT, round);
    const variants = [
      ['', works(MODELS.ours())],
      ['context-', works(MODELS.ours(), inContext)],
    ] as const;
    const samples: Samples = {};
    const turns = {rounds: short ? 10 : 40, operations: 100, wait: true};
    let done = 0;
    for (const [prefix, ours] of variants) {
      for (const name of ['create', 'find', 'update'] as const) {
        const times = await inTurns({stock: stock[name], ours: ours[name]}, turns, share => progress((done + share) / 6));
        const rates = Object.entries(times).map(([side, list]) => [side, list.map(time => 1_000_000 / time)]);
        samples[`${prefix}${name}` satisfies RowId] = Object.fromEntries(rates) as Record<Side, number[]>;
        done++;
      }
    }
    return samples;
  },
};
