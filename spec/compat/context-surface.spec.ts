import {EventEmitter} from 'node:events';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {DataSource, TenantContext, TenantRegistries} from '../../lib/index';
import {Context, ContextApi} from '../../lib/compat';
import {lookedAt} from '../support/first-look';
import {nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {NESTED} from '../support/structures';

const {name: NAME} = JSON.parse(readFileSync(path.resolve(__dirname, '../../../package.json'), 'utf8')) as {name: string};

/** What services call, and what each is. */
const MEMBERS = {
  function: [
    ...['createContext', 'releaseContext', 'getCurrentContext', 'isTrapContext', 'get', 'set', 'runInContext', 'runAsTenant'],
    ...['runWithPrivilege', 'setValues', 'setFromClaims', 'bindEmitter', 'activeContexts', 'getMemoryStats'],
    ...['cleanupTenantResources', 'startPeriodicCleanup', 'stopPeriodicCleanup'],
    ...['withTenant', 'withContext', 'createTestContext', 'getCurrentTenant', 'validateContext'],
  ],
  statics: ['withTenant', 'withContext', 'createTestContext', 'getCurrentTenant', 'validateContext'],
};

describe('The shared Context', () => {
  freshDefault();

  it('can be imported by name, as the default and with require; its symbols come from /compat and /compat/types', async () => {
    const specifier = `${NAME}/compat`;
    const [imported, required, types] = [await import(specifier), require(specifier), require(`${specifier}/types`)];
    expect(imported.default).to.equal(imported.Context).and.equal(required.Context).and.equal(required.default);
    for (const symbol of ['TENANT', 'USER', 'ACCESS_TOKEN']) {
      expect(types[symbol]).to.be.a('symbol').and.equal(required[symbol]);
      expect((await import(`${specifier}/types`))[symbol]).to.equal(types[symbol]);
    }
    // one context for both entries of the package
    const library = require(NAME);
    required.Context.runAsTenant('acme', () => expect(library.TenantContext.tenant).to.equal('acme'));
  });

  it('has the members that services call; its class has the static members', () => {
    for (const name of MEMBERS.function) expect((Context as any)[name], name).to.be.a('function');
    for (const name of MEMBERS.statics) expect((Context.constructor as any)[name], name).to.be.a('function');
    expect(Context.constructor).to.equal(ContextApi);
    // tokens and keys are the application's
    for (const name of ['setWithToken', 'generateAccessToken']) expect(Context).not.to.have.property(name);
  });

  it('has static members that do what those of the shared Context do', async () => {
    const {withTenant, withContext, createTestContext, getCurrentTenant, validateContext} = ContextApi;
    expect(getCurrentTenant()).to.equal('trap');
    await withTenant('acme', async () => {
      await nextJob();
      expect(getCurrentTenant()).to.equal('acme');
      expect(validateContext()).to.deep.equal({valid: true, tenant: 'acme', contextSize: 1});
    });
    expect(withContext(createTestContext({tenant: 'acme'}), () => Context.tenant)).to.equal('acme');
  });

  it('passes results and errors through', async () => {
    expect(Context.runInContext({}, () => 7)).to.equal(7);
    expect(await Context.runInContext({}, async () => 7)).to.equal(7);
    const error = new Error('mine');
    for (const tenant of ['acme', undefined]) {
      const fail = () => {
        throw error;
      };
      expect(() => Context.runInContext({tenant}, fail)).to.throw(error);
      expect(await Context.runInContext({tenant}, async () => fail()).catch((caught: unknown) => caught)).to.equal(error);
    }
  });

  it('runs work as a tenant through a hook, which may begin a transaction', async () => {
    const steps: unknown[] = [];
    const result = await Context.runAsTenant(
      'acme',
      async () => `done for ${Context.tenant}`,
      async (tenant, work, options) => {
        steps.push(['begin', tenant, Context.tenant, options]);
        const result = await work();
        steps.push('commit');
        return result;
      },
      {isolation: 'serializable'},
    );
    expect(result).to.equal('done for acme');
    expect(steps).to.deep.equal([['begin', 'acme', 'acme', {isolation: 'serializable'}], 'commit']);
    expect(() => Context.runAsTenant('acme', () => {}, {} as never))
      .to.throw(/takes a function in place of a connection manager/)
      .with.property('code', 'INVALID_OPTION');
    expect(Context.runAsTenant('acme', () => 1, null)).to.equal(1);
  });

  it('runs work with another user and role, and does not check them', () => {
    Context.runInContext({tenant: 'acme', user: 'Ann', timezone: 'UTC'}, () => {
      const seen = () => [Context.tenant, Context.user, Context.get('role'), Context.timezone];
      expect(Context.runWithPrivilege('root', 'admin', seen)).to.deep.equal(['acme', 'root', 'admin', 'UTC']);
      expect(Context.runWithPrivilege('root', 'admin', seen, 'globex')).to.deep.equal(['globex', 'root', 'admin', undefined]);
      expect([Context.user, Context.get('role')]).to.deep.equal(['Ann', undefined]);
    });
  });

  it('takes the claims of a token that the application has verified', () => {
    Context.runInContext({}, () => {
      Context.setFromClaims({tenant: 'acme', user: {id: 1}, language: undefined, location: 'here'});
      expect([Context.tenant, Context.user, Context.language, Context.location]).to.deep.equal([
        ...['acme', {id: 1}, undefined, 'here'],
      ]);
    });
  });

  it('binds an emitter, whose listeners then run for its tenant, also when the tenant is set later', () => {
    const emitter = Context.runInContext({}, () => {
      const emitter = Context.bindEmitter(new EventEmitter());
      Context.tenant = 'acme';
      return emitter;
    });
    let heard: string | undefined;
    emitter.on('event', () => (heard = Context.getCurrentTenant()));
    Context.runAsTenant('globex', () => emitter.emit('event'));
    expect(heard).to.equal('acme');
  });

  it('counts runs, reads and writes', () => {
    const context = new ContextApi();
    expect(context.metrics).to.deep.equal({runs: 0, reads: 0, trapReads: 0, ignoredWrites: 0, strictErrors: 0});
    context.runAsTenant('acme', () => [context.tenant, context.user]);
    expect(context.metrics).to.include({runs: 1, reads: 2}).and.to.be.frozen;
  });

  it('reports the memory in use, under the names that services read', async () => {
    await Context.runAsTenant('acme', async () => {
      lookedAt(new DataSource({connector: 'memory', modelRegistry: {tenant: 'acme'}}).createModel('Customer', NESTED()));
      const stats = Context.getMemoryStats();
      expect(stats).to.have.all.keys('activeContexts', 'activeDomains', 'memoryUsage', 'anonymousModelCount');
      expect(stats).to.include({activeContexts: 1, activeDomains: 0, anonymousModelCount: 3});
    });
    expect(Context.cleanupTenantResources('acme')).to.equal(4);
    expect(TenantRegistries.default.peek('acme')).to.equal(undefined);
    expect(Context.getMemoryStats()).to.include({activeContexts: 0, anonymousModelCount: 0});
  });

  it('runs a bound callback for its tenant', () => {
    const callback = Context.runAsTenant('acme', () => TenantContext.bind(() => Context.tenant));
    expect(Context.runAsTenant('globex', callback)).to.equal('acme');
  });
});
