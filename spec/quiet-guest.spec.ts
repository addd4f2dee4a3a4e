import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantRegistries, type OffboardingEvent} from '../lib/index';
import {lookedAt} from './support/first-look';
import {NESTED} from './support/structures';
import {keepingConnector} from './support/keeping-connector';

const ROOT = path.resolve(__dirname, '../..');

/**
 * Runs a script in a process of its own, which must end by itself, and returns what it passed to `report`.
 * The library comes from `dist`: what users get.
 */
async function inOwnProcess(script: string): Promise<any> {
  const MARK = 'REPORT ';
  const source = `const report = value => process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(value) + '\\n');\n${script}`;
  const {stdout, stderr} = await promisify(execFile)(process.execPath, ['--expose-gc', '-e', source], {
    cwd: ROOT,
    timeout: 50_000,
  });
  expect(stderr).to.equal('');
  const lines = stdout.split('\n').filter(line => line !== '');
  expect(lines.filter(line => !line.startsWith(MARK))).to.deep.equal([]);
  expect(lines).to.have.lengthOf(1);
  return JSON.parse(lines[0].slice(MARK.length));
}

/** The rest of a script that reports what holds the process open. */
const REPORT_RESOURCES = `
const own = process.getActiveResourcesInfo().filter(name => !/^(PipeWrap|TTYWrap|TickObject|Immediate|CloseReq|FSReqPromise)$/.test(name));
report(own);`;

describe('A quiet guest: requiring the library', () => {
  it('prints nothing, leaves nothing active, and lets the process end', async () => {
    const resources = await inOwnProcess(`
      require('./dist/index.js');
      ${REPORT_RESOURCES}`);
    expect(resources).to.deep.equal([]);
  });

  it('importing it as an ES module does not either', async () => {
    const resources = await inOwnProcess(`
      import('./dist/index.mjs').then(() => {
        ${REPORT_RESOURCES}
      });`);
    expect(resources).to.deep.equal([]);
  });

  it('changes nothing of juggler’s: no method, no static, no export', async () => {
    const changed = await inOwnProcess(`
      const juggler = require('loopback-datasource-juggler');
      const places = {exports: juggler};
      for (const [name, value] of Object.entries(juggler)) {
        if (typeof value !== 'function') continue;
        places[name] = value;
        if (value.prototype) places[name + '.prototype'] = value.prototype;
      }
      const shot = () => Object.fromEntries(Object.entries(places).map(([name, place]) => [name, Object.getOwnPropertyDescriptors(place)]));
      const before = shot();
      const library = require('./dist/index.js');
      new library.ModelBuilder();
      library.forJuggler(juggler);
      const after = shot();
      const changed = [];
      for (const place in before) {
        for (const key of new Set([...Reflect.ownKeys(before[place]), ...Reflect.ownKeys(after[place])])) {
          const [old, now] = [before[place][key], after[place][key]];
          const same = old && now && ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'].every(part => Object.is(old[part], now[part]));
          if (!same) changed.push(place + '.' + String(key));
        }
      }
      report({changed, places: Object.keys(before)});`);
    expect(changed.places).to.include.members([
      'ModelBuilder',
      'ModelBuilder.prototype',
      'DataSource.prototype',
      'ModelBaseClass',
    ]);
    expect(changed.changed).to.deep.equal([]);
  });

  it('adds no global, no handler to the process, and changes no built-in', async () => {
    const changes = await inOwnProcess(`
      require('loopback-datasource-juggler');
      const BUILT_INS = [Object, Array, Function, Map, Set, WeakMap, Promise, Error, String, Symbol];
      const shot = () => ({
        globals: Reflect.ownKeys(globalThis).map(String),
        handlers: Object.fromEntries(process.eventNames().map(name => [String(name), process.listenerCount(name)])),
        builtIns: BUILT_INS.flatMap(type => [type, type.prototype]).map(place => Reflect.ownKeys(place).map(String)),
        prepareStackTrace: String(Error.prepareStackTrace),
        stackTraceLimit: Error.stackTraceLimit,
        env: {...process.env},
        flags: process.execArgv,
      });
      const before = shot();
      const {TenantRegistries, ModelBuilder} = require('./dist/index.js');
      new ModelBuilder({registries: new TenantRegistries(), tenant: 'acme'}).define('Customer', {addr: {street: String}});
      report({before, after: shot()});`);
    expect(changes.after).to.deep.equal(changes.before);
  });

  it('loads no domain, whose hooks slow down every promise of the process', async () => {
    // juggler itself must not be the one to load it, or this would prove nothing
    const loaded = await inOwnProcess(`
      const domain = () => process.moduleLoadList.includes('NativeModule domain');
      require('loopback-datasource-juggler');
      const byJuggler = domain();
      const {TenantRegistries} = require('./dist/index.js');
      new TenantRegistries().for('acme');
      report({byJuggler, byLibrary: domain()});`);
    expect(loaded).to.deep.equal({byJuggler: false, byLibrary: false});
  });

  it('loads neither the simulation nor what only it needs', async () => {
    const loaded = await inOwnProcess(`
      require('./dist/index.js');
      report(Object.keys(require.cache).filter(file => /simulate|commander|cli-progress|cli-table3|uplot|octokit/.test(file.replace(process.cwd(), ''))));`);
    expect(loaded).to.deep.equal([]);
  });
});

describe('A quiet guest: using the library', () => {
  it('holds the process open by nothing: registries, builders, datasources, idle tenants, tombstones', async () => {
    const resources = await inOwnProcess(`
      const {TenantRegistries, ModelBuilder, DataSource, TenantContext} = require('./dist/index.js');
      const {keepingConnector} = require('./build/spec/support/keeping-connector.js');
      (async () => {
        const registries = new TenantRegistries({max: 5, idleTtl: 1_000_000});
        globalThis.kept = [registries];
        registries.onOffboard(() => {});
        registries.onOffboard(() => new Promise(() => {}));
        for (let i = 0; i < 10; i++) {
          const tenant = 'tenant-' + i;
          const builder = new ModelBuilder({registries, tenant});
          builder.define('Customer', {addr: {street: String}});
          const dataSource = new DataSource({connector: keepingConnector(), modelRegistry: {registries, tenant}});
          const Order = dataSource.createModel('Order', {lines: [{sku: String}]});
          await TenantContext.run(tenant, () => Order.create({lines: [{sku: 'x'}]}));
          globalThis.kept.push(builder, dataSource);
        }
        registries.evict('tenant-9');
        const waiting = setInterval(() => {}, 1_000); // nothing of the library's would
        const left = await registries.offboard('tenant-8', {hookTimeout: 20, verify: true});
        clearInterval(waiting);
        // hangs in the hook that never settles, for longer than this test waits
        registries.offboard('tenant-7', {hookTimeout: 3_600_000});
        await new Promise(setImmediate);
        ${REPORT_RESOURCES.replace('report(own)', 'report({own, survivors: left.survivors, hookErrors: left.hookErrors.length})')}
      })();`);
    expect(resources).to.deep.include({survivors: 0, hookErrors: 1});
    // a timer that is unref'd is not listed
    expect(resources.own).to.deep.equal([]);
  });

  it('a process that ends while an offboarding waits ends at once, and with 0', async () => {
    const started = await inOwnProcess(`
      const {TenantRegistries} = require('./dist/index.js');
      const registries = new TenantRegistries();
      registries.onOffboard(() => new Promise(() => {}));
      registries.for('acme');
      registries.offboard('acme');
      report('started');`);
    expect(started).to.equal('started');
  });
});

describe('A quiet guest: an offboarding hook', () => {
  const fail = (): never => {
    throw new Error('thrown');
  };
  const HOOKS: Record<string, () => unknown> = {
    throws: fail,
    rejects: () => Promise.reject(new Error('rejected')),
    'never settles': () => new Promise(() => {}),
    'throws no error': () => {
      throw 'a string'; // eslint-disable-line @typescript-eslint/only-throw-error -- what users do
    },
    'rejects with undefined': () => Promise.reject(undefined), // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    'returns a thenable that throws': () => ({then: fail}),
    'returns a thenable that never calls back': () => ({then() {}}),
  };

  for (const [name, bad] of Object.entries(HOOKS)) {
    it(`that ${name} stops neither the others nor the caller, and is in the report`, async () => {
      const registries = new TenantRegistries();
      const called: OffboardingEvent[] = [];
      registries.onOffboard(event => called.push(event));
      registries.onOffboard(bad);
      registries.onOffboard(async event => called.push(event));
      lookedAt(new ModelBuilder({registries, tenant: 'acme'}).define('Customer', NESTED()));

      const report = await registries.offboard('acme', {hookTimeout: 5});

      expect(called).to.have.lengthOf(2);
      expect(called[0]).to.deep.include({tenant: 'acme', reason: 'offboard', models: 1, embeddedModels: 3});
      expect(report).to.include({tenant: 'acme', models: 1, embeddedModels: 3});
      expect(report.hookErrors).to.have.lengthOf(1);
      expect(() => registries.for('acme'))
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    });
  }

  it('that settles late is reported by its deadline, and its late failure has no effect', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const registries = new TenantRegistries();
      let failLate!: (error: Error) => void;
      registries.onOffboard(() => new Promise((_, reject) => (failLate = reject)));
      const report = await registries.offboard('acme', {hookTimeout: 1});
      expect(report.hookErrors[0]).to.be.instanceOf(Error).with.property('message').that.matches(/1 ms/);
      failLate(new Error('too late'));
      await new Promise(resolve => setImmediate(resolve));
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('reports the errors of several in the order of the hooks', async () => {
    const registries = new TenantRegistries();
    const errors = [new Error('first'), new Error('second'), new Error('third')];
    registries.onOffboard(() => Promise.resolve().then(() => Promise.reject(errors[0])));
    registries.onOffboard(() => {
      throw errors[1];
    });
    registries.onOffboard(() => Promise.reject(errors[2]));
    expect((await registries.offboard('acme')).hookErrors).to.deep.equal(errors);
  });

  it('cannot change what the next one is told', async () => {
    const registries = new TenantRegistries();
    const told: string[] = [];
    registries.onOffboard(event => {
      (event as {tenant: string}).tenant = 'globex';
    });
    registries.onOffboard(event => told.push(event.tenant));
    const report = await registries.offboard('acme');
    expect(told).to.deep.equal(['acme']);
    expect(report.hookErrors).to.have.lengthOf(1);
  });

  it('that was removed is not called; each registration is removed by its own remover, once', async () => {
    const registries = new TenantRegistries();
    let calls = 0;
    const hook = () => void calls++;
    const removeFirst = registries.onOffboard(hook);
    registries.onOffboard(hook);
    removeFirst();
    removeFirst();
    await registries.offboard('acme');
    expect(calls).to.equal(1);
  });

  it('that uses the tenant gets an error, and builds nothing', async () => {
    const registries = new TenantRegistries();
    registries.for('acme');
    registries.onOffboard(({tenant}) => registries.for(tenant));
    const report = await registries.offboard('acme');
    expect(report.hookErrors[0]).to.have.property('code', 'TENANT_OFFBOARDED');
    expect(registries.stats().tenants).to.equal(0);
  });

  it('that offboards another tenant, or awaits the same one’s report, does not hang', async () => {
    const registries = new TenantRegistries();
    registries.onOffboard(({tenant}) => (tenant === 'acme' ? registries.offboard('globex') : undefined));
    registries.onOffboard(({tenant}) => (tenant === 'acme' ? registries.offboard(tenant) : undefined));
    const report = await registries.offboard('acme', {drainTimeout: 20});
    // it waits for itself: the deadline ends that
    expect(report.hookErrors).to.have.lengthOf(1);
    expect(registries.stats()).to.include({offboarded: 2, tombstones: 2});
  }).timeout(5_000);
});

describe('A quiet guest: what fails at the end of a tenant', () => {
  it('a datasource whose connector throws, fails or never answers on disconnect is in the report, and the rest is done', async () => {
    const registries = new TenantRegistries();
    const bad: Record<string, (callback: (error?: Error) => void) => void> = {
      throws: () => {
        throw new Error('thrown');
      },
      fails: callback => callback(new Error('failed')),
      hangs: () => {},
    };
    for (const [name, disconnect] of Object.entries(bad)) {
      const dataSource = new DataSource({
        name,
        connector: keepingConnector(),
        modelRegistry: {registries, tenant: 'acme'},
      }) as any;
      await dataSource.connect();
      dataSource.connector.disconnect = disconnect;
      lookedAt(dataSource.createModel('Order', NESTED()));
    }
    const report = await registries.offboard('acme', {drainTimeout: 20, verify: true});
    expect(report).to.include({dataSources: 0, survivors: 0});
    expect(report.errors).to.have.lengthOf(3);
    for (const name of Object.keys(bad)) expect(report.errors.join('\n')).to.include(name);
  });
});
