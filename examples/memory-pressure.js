/**
 * Serves two requests for each of 400 tenants in a heap of 48 MB, which has no room for all of them.
 * Classes are apart, rows are the datasource's: each tenant has collections of its own (docs/rows.md).
 * Run: node examples/memory-pressure.js. With the argument `without` no MemoryPressure is used, and the process runs out of memory.
 * TENANTS=200 HEAP=32 takes a third of the time.
 */
const {spawnSync} = require('node:child_process');
const {DataSource, MemoryPressure, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const {TENANTS = 400, HEAP = 48} = process.env;
const SMALL = `--max-old-space-size=${HEAP}`;
const MODELS = Array.from({length: 16}, (_, i) => `Model${i}`);

const MB = bytes => `${(bytes / 2 ** 20).toFixed(1)} MB`;

async function serve() {
  // The limits are too high to evict any tenant. Only MemoryPressure does.
  const registries = new TenantRegistries({max: 100_000, maxModels: 10_000_000});
  const db = new DataSource({connector: 'memory', modelRegistry: {registries}});
  let served = 0;
  let defined = 0;
  let shed = 0;

  if (!process.argv.includes('without')) {
    new MemoryPressure(registries, {
      onRelief({tenants, models, usedBefore, usedAfter, limit, duration}) {
        shed += tenants;
        const freed = `${MB(usedBefore)} -> ${MB(usedAfter)} of ${MB(limit)}`;
        console.log(
          `after ${served} requests: shed ${tenants} tenants, ${models} classes, ${freed} in ${Math.round(duration)} ms`,
        );
      },
    });
  }

  async function request(tenant) {
    for (const name of MODELS) {
      let Model = db.models[name];
      if (!Model) {
        defined++;
        // Each model gets a different structure, as models with custom fields have.
        const custom = {[`${tenant} ${name}`]: {value: Number, history: [{at: Date, by: {name: String}}]}};
        Model = db.createModel(name, {name: String, custom}, {memory: {collection: `${name} of ${tenant}`}});
      }
      if ((await Model.find()).some(row => row.name !== tenant)) throw new Error(`${tenant} has read a row of another tenant`);
      await Model.destroyAll();
      await Model.create({name: tenant});
    }
    served++;
  }

  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < TENANTS; i++) {
      await TenantContext.run(`tenant-${i}`, request, `tenant-${i}`);
      await new Promise(setImmediate); // a service would wait for the next request here
    }
  }
  console.log(
    `served all ${served} requests of ${TENANTS} tenants; shed ${shed} tenants, ${defined / MODELS.length - Number(TENANTS)} of which came back`,
  );
  console.log(`held now: ${registries.stats().tenants} tenants`);
  await registries.dispose();
}

if (process.execArgv.includes(SMALL)) serve();
else
  process.exitCode = spawnSync(process.execPath, [SMALL, __filename, ...process.argv.slice(2)], {stdio: 'inherit'}).status ?? 1;
