import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {NoTenantError, TenantContext} from '../../../lib/index';

const ROOT = path.resolve(__dirname, '../../../..');

describe('TenantContext', () => {
  it('is undefined where no tenant runs', () => {
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('runs work for a tenant, with everything it starts, and returns what it returns', async () => {
    expect(TenantContext.run('acme', () => TenantContext.tenant)).to.equal('acme');
    expect(TenantContext.run('acme', (a: number, b: number) => a + b, 1, 2)).to.equal(3);
    const seen = await TenantContext.run('acme', async () => {
      await Promise.resolve();
      const inTimer = await new Promise(resolve => setTimeout(() => resolve(TenantContext.tenant), 0));
      const inImmediate = await new Promise(resolve => setImmediate(() => resolve(TenantContext.tenant)));
      return [inTimer, inImmediate, TenantContext.tenant];
    });
    expect(seen).to.deep.equal(['acme', 'acme', 'acme']);
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('nests: the inner tenant runs, and then the outer one again', () => {
    TenantContext.run('outer', () => {
      TenantContext.run('inner', () => expect(TenantContext.tenant).to.equal('inner'));
      expect(TenantContext.tenant).to.equal('outer');
    });
  });

  it('keeps concurrent work apart', async () => {
    const work = async (tenant: string) => {
      const seen = new Set();
      for (let turn = 0; turn < 20; turn++) {
        await new Promise(setImmediate);
        seen.add(TenantContext.tenant);
      }
      expect([...seen]).to.deep.equal([tenant]);
    };
    await Promise.all(['a', 'b', 'c'].map(tenant => TenantContext.run(tenant, work, tenant)));
  });

  it('passes errors through unchanged', async () => {
    const error = new Error('mine');
    const fail = () => {
      throw error;
    };
    expect(() => TenantContext.run('acme', fail))
      .to.throw()
      .that.equals(error);
    expect(await TenantContext.run('acme', async () => fail()).catch((thrown: unknown) => thrown)).to.equal(error);
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('refuses a bad tenant code before it calls the work', () => {
    for (const code of ['', undefined, null, 7, 'x'.repeat(257)]) {
      let called = false;
      expect(() => TenantContext.run(code as never, () => (called = true)))
        .to.throw()
        .with.property('code', 'INVALID_TENANT_CODE');
      expect(called).to.equal(false);
    }
  });

  it('has require(), which throws an error that says what to do where no tenant runs', () => {
    expect(TenantContext.run('acme', () => TenantContext.require())).to.equal('acme');
    expect(() => TenantContext.require())
      .to.throw(NoTenantError, /TenantContext\.run\(tenant, …\)/)
      .with.property('code', 'NO_TENANT');
  });

  it('binds callbacks: they run for the tenant that bound them, from whichever context they are called', () => {
    const tell = function (this: unknown, ...args: unknown[]) {
      return [TenantContext.tenant, this, ...args];
    };
    const acmes = TenantContext.run('acme', () => TenantContext.bind(tell));
    const boundOutside = TenantContext.bind(tell);
    const receiver = {};
    expect(TenantContext.run('globex', () => acmes.call(receiver, 1, 2))).to.deep.equal(['acme', receiver, 1, 2]);
    expect(TenantContext.run('globex', () => boundOutside.call(receiver, 1))).to.deep.equal([undefined, receiver, 1]);
    expect(acmes.call(receiver)).to.deep.equal(['acme', receiver]);
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('binds nothing but functions', () => {
    for (const work of [undefined, null, 'work', {}]) {
      expect(() => TenantContext.bind(work as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    }
  });

  it('makes no Node domain: with one, every await of the process would be slower', () => {
    const script = `
      const {DataSource, TenantContext, TenantRegistries} = require('./dist/index.js');
      const registries = new TenantRegistries();
      const db = new DataSource({connector: 'memory', modelRegistry: {registries}});
      TenantContext.run('acme', async () => {
        await db.createModel('Customer', {a: {b: String}}).create({a: {b: 'c'}});
        await registries.offboard('acme', {verify: true});
        console.log(process.moduleLoadList.filter(name => /\\bdomain$/.test(name)).length);
      });`;
    const {stdout, stderr} = spawnSync(process.execPath, ['-e', script], {cwd: ROOT, encoding: 'utf8'});
    expect([stderr, stdout.trim()]).to.deep.equal(['', '0']);
  });
});
