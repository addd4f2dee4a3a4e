import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {TenantContext} from '../../lib/index';
import {Context, ContextApi, TenantIsolationError, TENANT} from '../../lib/compat';
import {warningsOf} from '../support/warnings';

const READS: Record<string, (context: ContextApi) => unknown> = {
  tenant: context => context.tenant,
  user: context => context.user,
  appContext: context => context.appContext,
  get: context => context.get('anything'),
  getCurrentContext: context => context.getCurrentContext(),
};
const WRITES: Record<string, (context: ContextApi) => unknown> = {
  tenant: context => (context.tenant = 'acme'),
  user: context => (context.user = 'Ann'),
  set: context => context.set('anything', 1),
  setValues: context => context.setValues('acme', 'Ann'),
  setFromClaims: context => context.setFromClaims({tenant: 'acme'}),
};

describe('When no context runs', () => {
  describe("in the mode 'strict', the default,", () => {
    for (const [name, work] of [...Object.entries(READS), ...Object.entries(WRITES)]) {
      it(`using ${name} is an error that says what to do`, () => {
        const context = new ContextApi();
        expect(() => work(context))
          .to.throw(TenantIsolationError, /Do it within Context\.runInContext/)
          .with.property('code', 'NO_TENANT');
        expect(context.metrics.strictErrors).to.equal(1);
      });
    }

    it('runWithPrivilege without a tenant is an error', () => {
      expect(() => Context.runWithPrivilege('Ann', 'admin', () => {})).to.throw(TenantIsolationError);
      Context.runWithPrivilege('Ann', 'admin', () => expect(Context.tenant).to.equal('acme'), 'acme');
    });
  });

  describe("in the mode 'trap'", () => {
    const context = new ContextApi({mode: 'trap'});

    it('the tenant is trap, and all values are undefined', () => {
      expect(context.tenant).to.equal('trap');
      expect([context.user, context.get('anything')]).to.deep.equal([undefined, undefined]);
      expect(context.metrics).to.include({trapReads: 3, strictErrors: 0});
    });

    it('all work shares one trap context, which accepts no values', () => {
      const trap = context.getCurrentContext();
      expect(context.getCurrentContext()).to.equal(trap);
      expect(trap[TENANT]).to.equal('trap');
      expect(context.isTrapContext(trap)).to.equal(true);
      expect(() => trap.set('key', 1))
        .to.throw(TenantIsolationError)
        .with.property('code', 'NO_TENANT');
      expect(() => (trap.user = 'Ann')).to.throw(TenantIsolationError);
      expect(() => (trap.own = 1)).to.throw(TypeError);
      expect([trap.user, trap.get('key'), trap.own]).to.deep.equal([undefined, undefined, undefined]);
    });

    it('a value that is set is dropped and counted, and the first one causes a warning', async () => {
      const context = new ContextApi({mode: 'trap'});
      const warnings = await warningsOf(() => {
        for (const write of Object.values(WRITES)) write(context);
      });
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0].message).to.match(/while no context was running, and was dropped/);
      expect(context.metrics.ignoredWrites).to.equal(6);
      expect([context.tenant, context.user, TenantContext.tenant]).to.deep.equal(['trap', undefined, undefined]);
      context.runInContext({}, () => expect(context.user).to.equal(undefined));
    });

    it('work within a context is as strict as in the other mode', () => {
      context.runAsTenant('acme', () => expect(() => (context.tenant = 'globex')).to.throw(TenantIsolationError));
    });
  });

  it('getCurrentTenant, isTrapContext and validateContext never throw, in either mode', () => {
    for (const mode of ['strict', 'trap'] as const) {
      const context = new ContextApi({mode});
      expect(context.getCurrentTenant()).to.equal('trap');
      expect(context.isTrapContext()).to.equal(true);
      expect(context.validateContext()).to.deep.equal({valid: false, tenant: 'trap', contextSize: 0});
      context.runInContext({tenant: 'acme', user: 'Ann'}, () => {
        expect(context.getCurrentTenant()).to.equal('acme');
        expect(context.isTrapContext()).to.equal(false);
        expect(context.validateContext()).to.deep.equal({valid: true, tenant: 'acme', contextSize: 2});
        expect(JSON.stringify(context.validateContext())).not.to.contain('Ann');
      });
    }
  });
});

describe('The options of a context', () => {
  it('are checked on first use', () => {
    for (const options of [null, 7, {mode: 'legacy'}, {reservedCodes: 'trap'}, {reservedCodes: [7]}, {other: 1}]) {
      expect(() => new ContextApi(options as never).runInContext({tenant: 'acme'}, () => {}), JSON.stringify(options))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    }
    new ContextApi({mode: undefined, reservedCodes: undefined}).runInContext({tenant: 'acme'}, () => {});
  });

  it('name the reserved codes; trap is always reserved', () => {
    const context = new ContextApi({reservedCodes: ['system']});
    const running = (code: string) => context.runAsTenant(code, () => TenantContext.tenant);
    for (const code of ['system', 'trap'])
      expect(() => running(code))
        .to.throw()
        .with.property('code', 'TENANT_REFUSED');
    expect(running('service')).to.equal('service');
    expect(context.runWithoutTenant('system', () => TenantContext.tenant)).to.equal(undefined);
  });

  /** What a script prints in a process with this environment. */
  const run = (script: string, env: NodeJS.ProcessEnv = {}) =>
    execFileSync(process.execPath, ['-e', script], {
      cwd: path.resolve(__dirname, '../..'),
      encoding: 'utf8',
      env: {...process.env, ...env},
      timeout: 20_000,
    });

  it('get the mode from CONTEXT_MODE, which is read once', () => {
    const script = `const {Context} = require('./lib/compat');
      const read = () => { try { return Context.tenant } catch (error) { return error.name } };
      const first = read(); process.env.CONTEXT_MODE = 'strict'; console.log(first, read())`;
    expect(run(script, {CONTEXT_MODE: 'legacy'})).to.equal('trap trap\n');
    expect(run(script)).to.equal('TenantIsolationError TenantIsolationError\n');
  });

  it('refuse DISABLE_ASYNC_CONTEXT, because no work would know its tenant', () => {
    const script = `const {Context} = require('./lib/compat');
      try { Context.runAsTenant('acme', () => {}) } catch (error) { console.log(error.code, error.message) }`;
    expect(run(script, {DISABLE_ASYNC_CONTEXT: 'true'})).to.match(/^INVALID_OPTION DISABLE_ASYNC_CONTEXT is not supported/);
  });

  it('are not read at import, which starts no timer, loads no domain and makes no registries', () => {
    const script = `require('./lib/compat');
      const {Context, registryManager} = require('./lib/compat');
      Context.runAsTenant('acme', () => (Context.user = 1));
      registryManager.startPeriodicCleanup();
      console.log(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length,
        process.moduleLoadList.includes('NativeModule domain'))`;
    expect(run(script)).to.equal('0 false\n');
  });
});
