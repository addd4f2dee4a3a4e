import {execFile} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {isLong} from './support/long-form';

const root = path.resolve(__dirname, '../..');

/** The tenants of memory-pressure.js. Fewer of them, in a smaller heap, take a fifth of the time. */
const TENANTS = isLong ? 400 : 120;
const SHORT = {TENANTS: String(TENANTS), HEAP: '28'};

/** Texts that each example prints, in this order. It prints other lines too. */
const OUTPUTS: Record<string, readonly (RegExp | string)[]> = {
  'offboard-a-tenant.js': [
    'acme reads [{"name":"Ann of acme","custom":{"size":42},"id":1}]',
    'globex reads [{"name":"Ann of globex","custom":{"size":"42"},"id":1}]',
    'models held: 4',
    'acme has left, with 1 models',
    'survivors: 0',
    'TENANT_OFFBOARDED',
  ],
  'contexts-and-leases.js': [
    /in a context +tenant: acme {2}contexts: 1/,
    /which reads Ann +tenant: acme {2}contexts: 2/,
    /called by another tenant +tenant: acme/,
    /the lease's work finds 1 customer/,
    /a timer .* tenant: acme {2}contexts: 0/,
    'NO_TENANT',
  ],
  'evict-and-reload.js': [
    'a long request sees name, size, id',
    'generation 1 is leaving (reload)',
    'a new request sees name, size, colour, id',
    'and still sees name, size, id',
    'generation 1 has ended (reload), with 1 models',
    '{ ended: true, leasesDrained: 1, models: 1 }',
    'evicted by hand: true - state: unbuilt',
  ],
  'suspend-and-resume.js': [
    'state: suspended',
    'a request of globex is done, 1 rows',
    'a new request is refused: TENANT_SUSPENDED',
    'the running one is done, 1 rows',
    '{ leasesDrained: 1, leasesLeft: 0 }',
    'TENANT_NOT_SUSPENDED',
    'after resume, state: active - a request is done, 2 rows',
  ],
  'graceful-shutdown.js': [
    'SIGTERM',
    'too-late got REGISTRIES_DISPOSED',
    'quicker has been served, and reads 1 row',
    'quick has been served, and reads 1 row',
    "forced: [ 'hanging' ]",
  ],
  'idle-tenants.js': [
    'held: 5 tenants, 10 classes',
    'tenant-4 has left (idle)',
    'held: 1 tenants, 2 classes',
    'tenant-2 has left (idle)',
    'brief is unbuilt',
  ],
  'find-leaks.js': [
    'acme, generation 1, ended by offboard',
    '1 class is still alive: Customer',
    'after the cache was emptied: []',
  ],
  'watch-tenants.js': [
    'acme reads 1 row',
    'globex reads 1 row',
    'ended    {"tenant":"acme","generation":1,"reason":"lru","models":1,"embeddedModels":1}',
    'state    {"tenant":"globex","from":"active","to":"suspended"}',
    /'initech' +│ 'offboarding'/,
    'heap in use:',
  ],
  'datasource-per-tenant.js': [
    'acme has',
    'globex has',
    'NO_TENANT',
    'TENANT_MISMATCH',
    '1 datasource was disconnected',
    'TENANT_OFFBOARDED',
  ],
  'for-each-tenant.js': [
    'done: 38 tenants, 38 orders closed',
    'failed: tenant-13 the disk is full',
    'skipped: tenant-7 TENANT_SUSPENDED',
  ],
  'compat.js': [
    'acme, for Ann: Customer has name,codeOfAnn,address,id, and reads Ann',
    'globex, for Bob: Customer has name,codeOfBob,address,id, and reads Bob',
    'without a tenant: undefined',
    "models of the application: [ 'Customer' ]",
    'TenantIsolationError TENANT_MISMATCH',
    'TenantIsolationError NO_TENANT',
    '{ tenantRegistries: 2, liveModels: 4, liveEmbeddedModels: 2 }',
    'names that went with acme: 2',
    "tenants left: [ 'globex' ]",
  ],
  'memory-pressure.js': [/shed \d+ tenants/, `served all ${2 * TENANTS} requests of ${TENANTS} tenants`],
};

describe('The examples', () => {
  it('are all tested here, and all are in the table of the README', () => {
    // An application in its own folder has its own spec.
    const files = readdirSync(path.join(root, 'examples')).filter(file => file.endsWith('.js'));
    expect(files).to.have.members(Object.keys(OUTPUTS));
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const repository = 'https://github.com/loopback-scoped-registry/loopback-scoped-registry';
    for (const file of files) expect(readme).to.contain(`| [${file}](${repository}/blob/main/examples/${file}) |`);
    for (const entry of readdirSync(path.join(root, 'examples'), {withFileTypes: true}))
      if (entry.isDirectory()) expect(readme).to.contain(`| [${entry.name}/](${repository}/tree/main/examples/${entry.name}) |`);
  });

  for (const [file, outputs] of Object.entries(OUTPUTS)) {
    it(`run: ${file}`, async function () {
      // a process, of which one defines thousands of models while its heap is nearly full
      this.timeout(120_000);
      const options = {cwd: root, env: isLong ? process.env : {...process.env, ...SHORT}};
      const {stdout, stderr} = await promisify(execFile)(process.execPath, [path.join('examples', file)], options);
      expect(stderr).to.equal('');
      let rest = stdout;
      for (const output of outputs) {
        const at = typeof output === 'string' ? rest.indexOf(output) : rest.search(output);
        expect(at, `${String(output)} in ${rest}`).to.be.at.least(0);
        rest = rest.slice(at);
      }
    });
  }
});
