import {execFile} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';

const ROOT = path.resolve(__dirname, '../..');
const NAME = 'loopback-scoped-registry';

/**
 * What two copies can do with each other, as code. `a` and `b` are the copies, `juggler` is the juggler of both, and `other` a juggler
 * that only `a` uses. Where they meet, the error is thrown by the copy that is named here.
 */
const MEETINGS: Record<string, [thrownBy: 'a' | 'b', code: string]> = {
  'a builder gets the TenantRegistries of another copy': ['b', 'new b.ModelBuilder({registries: new a.TenantRegistries()})'],
  'a builder gets the registry of another copy': ['b', 'new b.ModelBuilder({registry: new a.ModelRegistry()})'],
  "a datasource gets another copy's TenantRegistries": [
    'b',
    "new b.DataSource({connector: 'memory', modelRegistry: {registries: new a.TenantRegistries(), tenant: 'acme'}})",
  ],
  "a datasource gets another copy's builder": [
    'b',
    "new b.DataSource('db', {connector: 'memory'}, new a.ModelBuilder({registries: new a.TenantRegistries()}))",
  ],
  'a registry gets the shared registry of another copy': ['b', 'new b.ModelRegistry({shared: new a.ModelRegistry()})'],
  "the default registries become another copy's": ['b', 'b.TenantRegistries.default = new a.TenantRegistries()'],
  "install() gets another copy's TenantRegistries": ['b', 'b.install(juggler, {registries: new a.TenantRegistries()})'],
  'both are installed into one juggler': [
    'b',
    `const uninstall = a.install(juggler, {registries: new a.TenantRegistries()});
     try { b.install(juggler, {registries: new b.TenantRegistries()}) } finally { uninstall() }`,
  ],
  'a builder is made on a juggler into which another copy is installed': [
    'b',
    `const uninstall = a.install(juggler, {registries: new a.TenantRegistries()});
     try { new b.ModelBuilder({registries: new b.TenantRegistries()}) } finally { uninstall() }`,
  ],
  "TenantDataSources gets another copy's TenantRegistries": [
    'b',
    "new b.TenantDataSources({registries: new a.TenantRegistries(), create: () => ({connector: 'memory'})})",
  ],
  "a middleware gets another copy's TenantRegistries": [
    'b',
    "require(folders.b + '/dist/express').tenantMiddleware({registries: new a.TenantRegistries(), tenant: {header: 'x-tenant'}})",
  ],
  "a datasource gets another copy's model": [
    'b',
    `const model = new a.ModelBuilder({registries: new a.TenantRegistries()}).define('Customer');
     new b.DataSource({connector: 'memory'}).attach(model)`,
  ],
  "a model extends another copy's model": [
    'b',
    `const model = new a.ModelBuilder({registries: new a.TenantRegistries()}).define('Customer');
     new b.ModelBuilder({registries: new b.TenantRegistries()}).define('Own', {}, {base: model})`,
  ],
  'a datasource asks for the running tenant in the context of another copy': [
    'b',
    `const db = new b.DataSource({connector: 'memory', modelRegistry: {registries: new b.TenantRegistries()}});
     a.TenantContext.run('acme', () => db.createModel('Customer'))`,
  ],
  'the same, the other way round': [
    'a',
    `const db = new a.DataSource({connector: 'memory', modelRegistry: {registries: new a.TenantRegistries()}});
     b.TenantContext.run('acme', () => db.createModel('Customer'))`,
  ],
  'the same, late, in a callback': [
    'b',
    `const registries = new b.TenantRegistries();
     await a.TenantContext.run('acme', async () => { await new Promise(setImmediate); registries.current() })`,
  ],
  "a tenant's own datasource is used in the context of another copy": [
    'b',
    `const db = new b.DataSource({connector: 'memory', modelRegistry: {registries: new b.TenantRegistries(), tenant: 'globex'}});
     const Customer = db.createModel('Customer');
     await a.TenantContext.run('acme', () => Customer.find())`,
  ],
  'a tenant is required in the context of another copy': ['b', "a.TenantContext.run('acme', () => b.TenantContext.require())"],
  'ModelRegistry of /compat is asked in the context of another copy': [
    'b',
    "a.TenantContext.run('acme', () => require(folders.b + '/dist/compat').ModelRegistry.findModelByName('Customer'))",
  ],
};

/** What two copies may do in one process. Each returns true. */
const ALLOWED: Record<string, string> = {
  'both hold tenants, each on a juggler of its own, installed': `
    const work = async (copy, its, tenant) => {
      const registries = new copy.TenantRegistries();
      const uninstall = copy.install(its, {registries});
      const db = new its.DataSource({connector: 'memory', modelRegistry: {}});
      await copy.TenantContext.run(tenant, async () => {
        await db.createModel('Customer', {name: String}).create({name: tenant});
        if ((await db.models.Customer.count()) !== 1) throw new Error(tenant);
      });
      uninstall();
    };
    await Promise.all([work(a, other, 'acme'), work(b, juggler, 'globex')]);
    return true`,
  'each runs a context of its own, one within the other': `
    const registries = new b.TenantRegistries();
    return a.TenantContext.run('acme', () => b.TenantContext.run('globex', () => registries.current().tenant === 'globex'))`,
  'currentTenant asks the other copy': `
    const registries = new b.TenantRegistries({currentTenant: () => a.TenantContext.tenant});
    return a.TenantContext.run('acme', () => registries.current().tenant === 'acme')`,
  'one asks for the tenant where no context runs': 'return new b.TenantRegistries().current().tenant === undefined',
  'one recognises the errors of the other': `
    try { new a.ModelBuilder({registries: 5}) } catch (error) { return error instanceof b.InvalidOptionError }`,
};

describe('Two copies of the package in one process', function () {
  this.timeout(60_000);
  let folder: string;
  let folders: Record<'a' | 'b' | 'twice', string>;
  let outcomes: Record<string, {code?: string; message?: string; copies?: object; value?: unknown}>;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'two-copies-'));
    const modules = path.join(folder, 'node_modules');
    folders = {a: path.join(modules, NAME), b: path.join(modules, 'plugin', 'node_modules', NAME), twice: ''};
    for (const [version, to] of Object.entries({'1.0.0': folders.a, '2.0.0': folders.b})) {
      mkdirSync(to, {recursive: true});
      const filter = (file: string) => !/\.map$|\.d\.m?ts$|simulate/.test(file);
      cpSync(path.join(ROOT, 'dist'), path.join(to, 'dist'), {recursive: true, filter});
      const content = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
      writeFileSync(path.join(to, 'package.json'), JSON.stringify({...content, version}));
    }
    for (const name of ['loopback-datasource-juggler', 'juggler-6', 'lru-cache', 'weak-lru-cache', 'debug'])
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
    writeFileSync(path.join(folder, 'run.js'), script());
    const {stdout} = await promisify(execFile)(process.execPath, ['run.js'], {
      cwd: folder,
      env: {...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: ''},
      timeout: 50_000,
    });
    outcomes = JSON.parse(stdout);
  });
  after(() => rmSync(folder, {recursive: true}));

  const script = () => {
    const works = {...Object.fromEntries(Object.entries(MEETINGS).map(([name, [, code]]) => [name, code])), ...ALLOWED};
    return `
      const folders = ${JSON.stringify(folders)};
      const juggler = require('loopback-datasource-juggler');
      const other = require('juggler-6');
      const a = require(folders.a);
      const b = require(folders.b);
      const works = {${Object.entries(works)
        .map(([name, code]) => `${JSON.stringify(name)}: async () => {${code}}`)
        .join(',\n')}};
      (async () => {
        const outcomes = {};
        for (const [name, work] of Object.entries(works)) {
          try {
            outcomes[name] = {value: await work()};
          } catch (error) {
            const {code, message, copies} = error;
            outcomes[name] = {code, message, copies};
          }
        }
        for (const file of Object.keys(require.cache)) if (file.startsWith(folders.a)) delete require.cache[file];
        try {
          new (require(folders.a).ModelBuilder)({registries: new a.TenantRegistries()});
        } catch ({code, message}) {
          outcomes.twice = {code, message};
        }
        console.log(JSON.stringify(outcomes));
      })();`;
  };

  for (const [name, [thrownBy]] of Object.entries(MEETINGS)) {
    it(`is an error where they meet: ${name}`, () => {
      const copies = [
        {version: '1.0.0', folder: folders.a},
        {version: '2.0.0', folder: folders.b},
      ];
      const {message, ...outcome} = outcomes[name];
      expect(outcome).to.deep.equal({code: 'TWO_COPIES', copies: thrownBy === 'a' ? copies : copies.toReversed()});
      for (const {version, folder: place} of copies) expect(message).to.include(`${version} in ${place}`);
      expect(message).to.include('npm dedupe');
    });
  }

  for (const name of Object.keys(ALLOWED)) {
    it(`is no error where they do not meet: ${name}`, () => expect(outcomes[name]).to.deep.equal({value: true}));
  }

  it('of one folder, because the module cache was cleared, is an error that says so', () => {
    expect(outcomes.twice).to.have.property('code', 'TWO_COPIES');
    expect(outcomes.twice.message).to.match(/The same folder was loaded twice.*Load it once/);
  });
});
