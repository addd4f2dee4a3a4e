/**
 * Run by itself with --expose-gc, with the name of a row and the number of tenants: makes some hundred classes, and prints what the heap has
 * grown by and what the registries reckon. The tenants have the same models. With one tenant, each model is the only one of its structure.
 */
import {setTimeout} from 'node:timers/promises';
import {DataSource, ModelBuilder, TenantRegistries, type ClassMaker} from '../../lib/index';
import type {AnyModel} from '../support/service';

const CLASSES = {light: 600, stock: 200};

type Properties = (model: number) => object;

const flat =
  (count: number): Properties =>
  model =>
    Object.fromEntries(
      Array.from({length: count}, (_, i) => [i === 0 ? `own${model}` : `property${i}`, i % 2 ? String : Number]),
    );
const withOptions: Properties = model => ({
  [`own${model}`]: {type: 'string', required: true},
  count: {type: 'number', default: 0},
  since: {type: 'date', required: false},
});
/** As the benchmark's models with names. */
const withParts: Properties = model => ({
  name: {type: String, required: true},
  count: {type: Number, default: 0},
  address: {street: String, city: String, [`zip${model}`]: String},
  lines: [{sku: String, quantity: Number, [`price${model}`]: Number}],
});
/** A property that is switched off: juggler's own `define` makes such a model. */
const byJuggler: Properties = model => ({...flat(5)(model), nothing: null});

interface Row {
  readonly kind: 'embedded' | 'named' | 'on a datasource';
  readonly properties: Properties;
  readonly embedded?: ClassMaker;
  readonly look?: (model: AnyModel) => unknown;
}

const read = (model: AnyModel): unknown => model.definition.properties;
const use = (model: AnyModel): unknown => new model({});

export const ROWS: Readonly<Record<string, Row>> = {
  embedded: {kind: 'embedded', properties: flat(2)},
  'embedded, with 20 properties': {kind: 'embedded', properties: flat(20)},
  'embedded, read': {kind: 'embedded', properties: flat(2), look: read},
  'embedded, used': {kind: 'embedded', properties: flat(8), look: use},
  named: {kind: 'named', properties: flat(5)},
  'named, read': {kind: 'named', properties: flat(5), look: read},
  'named, used': {kind: 'named', properties: flat(20), look: use},
  'named, with options': {kind: 'named', properties: withOptions},
  'named, with options, read': {kind: 'named', properties: withOptions, look: read},
  'named, with deferred classes': {kind: 'named', properties: withParts},
  'named, with embedded classes': {kind: 'named', properties: withParts, look: read},
  'on a datasource': {kind: 'on a datasource', properties: withParts},
  'on a datasource, read': {kind: 'on a datasource', properties: withParts, look: read},
  "of juggler's define": {kind: 'named', properties: byJuggler},
  'stock, embedded': {kind: 'embedded', properties: flat(2), embedded: 'stock'},
  'stock, named': {kind: 'named', properties: flat(10), embedded: 'stock'},
  'stock, on a datasource': {kind: 'on a datasource', properties: withParts, embedded: 'stock'},
};

function make({kind, properties, look}: Row, registries: TenantRegistries, tenant: string, count: number): object {
  const maker: any =
    kind === 'on a datasource'
      ? new DataSource({connector: 'memory', modelRegistry: {registries, tenant}})
      : new ModelBuilder({registries, tenant});
  const classes = Array.from({length: count}, (_, model) =>
    kind === 'embedded' ? maker.resolveType(properties(model)) : maker.define(`Model${model}`, properties(model), {}),
  );
  if (look) for (const model of classes) look(model);
  return {maker, classes};
}

async function heapInUse(): Promise<number> {
  for (const pause of [0, 10, 10, 50]) {
    await setTimeout(pause);
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}

async function main(row: Row, count: number): Promise<void> {
  const {embedded} = row;
  // these classes make V8 compile what it compiles
  const others = new TenantRegistries({embedded});
  const held = [make(row, others, 'warm', 30)];
  const registries = new TenantRegistries({embedded});
  const tenants = Array.from({length: count}, (_, tenant) => `tenant-${tenant}`);
  for (const tenant of tenants) registries.for(tenant);
  // V8 drops code that was used once only after some collections
  await heapInUse();
  const before = await heapInUse();
  for (const tenant of tenants) held.push(make(row, registries, tenant, CLASSES[embedded ?? 'light'] / count));
  const measured = (await heapInUse()) - before;
  const inspected = tenants.map(tenant => registries.inspect(tenant).bytes);
  const listed = registries.tenants().map(({bytes}) => bytes);
  const {bytesPerTenant} = registries.getMemoryStats();
  console.log(JSON.stringify({measured, inspected, listed, bytesPerTenant, held: held.length}));
}

if (require.main === module) void main(ROWS[process.argv[2]], Number(process.argv[3]));
