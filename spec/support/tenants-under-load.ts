/**
 * A service whose tenants, all together, do not fit into its heap: each is served, all of them twice over, with a turn of the
 * event loop between requests. The arguments are the number of tenants, of models for each, and of entries in the
 * settings of each model. With `watched` after them there is a MemoryPressure. Prints what it came to.
 */
import assert from 'node:assert/strict';
import {MemoryPressure, TenantContext, TenantRegistries, type MemoryRelief} from '../../lib/index';
import {tenantDataSource} from './service';

const [TENANTS, MODELS, ENTRIES] = process.argv.slice(2, 5).map(Number);

const registries = new TenantRegistries({max: 100_000, maxModels: 10_000_000});
const db = tenantDataSource(registries);
const reliefs: MemoryRelief[] = [];
if (process.argv[5] === 'watched') new MemoryPressure(registries, {onRelief: relief => reliefs.push(relief)});

let served = 0;
let defined = 0;

async function request(tenant: string): Promise<void> {
  for (let i = 0; i < MODELS; i++) {
    const Customer = db.models[`Customer${i}`] ?? define(tenant, i);
    const place = placeOf(tenant, i);
    const {id} = await Customer.create({name: tenant, address: {[place]: {lat: '1'}}, items: [{[place]: {amount: '2'}}]});
    const found = await Customer.findById(id);
    assert(found instanceof Customer);
    assert(found.address instanceof Customer.definition.properties.address.type);
    assert.equal(found.address[place].lat, 1);
    assert.equal(found.items[0][place].amount, 2);
    await found.destroy();
  }
  served++;
}

function define(tenant: string, index: number) {
  defined++;
  const place = placeOf(tenant, index);
  const address = {street: String, [place]: {lat: Number, lng: Number}};
  const items = [{sku: String, [place]: {amount: Number}}];
  return db.createModel(`Customer${index}`, {name: String, address, items}, {notes: new Array(ENTRIES).fill('x')});
}

/** A field of its own for each model, or a tenant's models would share their embedded classes. */
function placeOf(tenant: string, index: number): string {
  return `${tenant}-${index}`;
}

void (async () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < TENANTS; i++) {
      await TenantContext.run(`tenant${i}`, request, `tenant${i}`);
      await new Promise(setImmediate);
    }
  }
  const shed = reliefs.reduce((sum, {tenants}) => sum + tenants, 0);
  console.log(JSON.stringify({served, shed, servedAgain: defined / MODELS - TENANTS, reliefs}));
  await registries.dispose();
})();
