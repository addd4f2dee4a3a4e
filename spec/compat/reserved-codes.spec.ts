import {expect} from 'chai';
import fc from 'fast-check';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Context, ContextApi, DataSource, ModelRegistry, TENANT, TenantIsolationError} from '../../lib/compat';
import {assertProperty} from '../support/assert-property';
import {freshDefault} from '../support/process-default';
import {RESERVED, tenantCodes} from '../support/tenant-codes';

/** Each way in which code of a service says for which tenant its work runs. */
const WAYS: Record<string, (code: string, work: () => unknown) => unknown> = {
  runAsTenant: (code, work) => Context.runAsTenant(code, work),
  'runAsTenant with a hook': (code, work) => Context.runAsTenant(code, work, (_tenant, run) => run()),
  withTenant: (code, work) => Context.withTenant(code, work),
  'the static withTenant': (code, work) => ContextApi.withTenant(code, work),
  'runInContext with a tenant': (code, work) => Context.runInContext({tenant: code}, work),
  'runInContext with its symbol': (code, work) => Context.runInContext({[TENANT]: code}, work),
  createContext: (code, work) => Context.runInContext(Context.createContext({tenant: code}), work),
  'a context that is set before it runs': (code, work) => {
    const context = Context.createContext();
    context.tenant = code;
    return Context.runInContext(context, work);
  },
  runWithPrivilege: (code, work) => Context.runWithPrivilege('Ann', 'admin', work, code),
  claims: (code, work) => Context.runInContext({}, () => (Context.setFromClaims({tenant: code}), work())),
  setValues: (code, work) => Context.runInContext({}, () => (Context.setValues(code), work())),
  'the accessor': (code, work) => Context.runInContext({}, () => ((Context.tenant = code), work())),
  set: (code, work) => Context.runInContext({}, () => (Context.set('tenant', code), work())),
  'the running context': (code, work) => Context.runInContext({}, () => ((Context.getCurrentContext().tenant = code), work())),
  'a context of this library': (code, work) => TenantContext.run(code, work),
  'a nested context': (code, work) => TenantContext.run(code, () => Context.runInContext({}, work)),
};

/** What work can leave behind in a registry. */
const WRITES: Record<string, () => unknown> = {
  'a model by hand': () => ModelRegistry.registerModel({modelName: 'Left', definition: {properties: {left: String}}}),
  'a class': () =>
    new DataSource({connector: 'memory', modelRegistry: {}}).createModel('Left', {left: String}, {idInjection: false}),
};

describe('A code that /compat reserves', () => {
  freshDefault();

  for (const [way, run] of Object.entries(WAYS)) {
    it(`is no tenant: an error with a code and the status 404, by ${way}`, () => {
      for (const code of RESERVED) {
        const attempt = () => run(code, () => ModelRegistry.registerModel({modelName: 'Left'}));
        expect(attempt, code)
          .to.throw(TenantIsolationError, /runWithoutTenant/)
          .with.include({code: 'TENANT_REFUSED', tenant: code, status: 404, statusCode: 404});
      }
      expect(ModelRegistry.findModelByName('Left')).to.equal(undefined);
    });

    for (const [what, write] of Object.entries(WRITES)) {
      it(`and every other code leaves nothing to other tenants or to work without a tenant: ${what}, by ${way}`, async () => {
        await assertProperty(
          fc.property(tenantCodes, code => {
            TenantRegistries.default = new TenantRegistries();
            ModelRegistry.clear();
            let failure: {code?: string} | undefined;
            try {
              run(code, write);
            } catch (error) {
              failure = error as {code?: string};
            }
            const isTenant = code.length > 0 && code.length <= 256;
            if (RESERVED.includes(code)) expect(failure).to.have.property('code', 'TENANT_REFUSED');
            else if (!isTenant) expect(failure).to.have.property('code', 'INVALID_TENANT_CODE');
            else expect(failure).to.equal(undefined);
            const found = () => [ModelRegistry.findModelByName('Left'), ModelRegistry.findModelByStructure({left: String})];
            for (const other of ['acme', code.toUpperCase(), code.trim(), `${code} `, `ds_${code}`])
              if (other !== code && other.length > 0 && other.length <= 256 && !RESERVED.includes(other))
                expect(TenantContext.run(other, found), other).to.deep.equal([undefined, null]);
            expect(found()).to.deep.equal([undefined, null]);
            expect(TenantRegistries.default.shared.stats()).to.include({models: 0, embeddedModels: 0});
            if (failure) return;
            expect(TenantContext.run(code, found)[0]).to.have.property('modelName', 'Left');
            expect(Object.keys(ModelRegistry.getTenantRegistryInfo().tenants)).to.deep.equal([code]);
            expect(ModelRegistry.cleanupTenant(code)).to.equal(1);
            expect(TenantContext.run(code, found)).to.deep.equal([undefined, null]);
          }),
          100,
        );
      });
    }
  }

  it('is read as trap by members that never throw', () => {
    for (const code of RESERVED)
      TenantContext.run(code, () => {
        expect(Context.getCurrentTenant()).to.equal('trap');
        expect(Context.isTrapContext()).to.equal(true);
        expect(Context.validateContext()).to.include({valid: false, tenant: 'trap'});
      });
  });

  it('is refused before its work, and the context that asked for it goes on without a tenant', () => {
    Context.runInContext({}, () => {
      expect(() => (Context.tenant = 'global')).to.throw(TenantIsolationError);
      expect([Context.tenant, TenantContext.tenant]).to.deep.equal(['trap', undefined]);
      Context.tenant = 'acme';
      expect([Context.tenant, TenantContext.tenant]).to.deep.equal(['acme', 'acme']);
    });
  });

  it('is a code like any other for the rest of the library', () => {
    for (const code of RESERVED)
      TenantContext.run(code, () => expect(TenantRegistries.default.current()).to.include({tenant: code}));
  });

  it('can be chosen for a Context and for a ModelRegistry; trap is reserved always, and global in a ModelRegistry', () => {
    const context = new ContextApi({reservedCodes: []});
    const attempt = (code: string) => context.runAsTenant(code, () => ModelRegistry.registerModel({modelName: 'Own'}));
    expect(() => attempt('service')).to.throw(TenantIsolationError);
    const before = ModelRegistry.reservedCodes;
    try {
      ModelRegistry.reservedCodes = [];
      expect(ModelRegistry.reservedCodes).to.have.members(['trap', 'global']);
      attempt('service');
      expect(ModelRegistry.getAllModels('service').get('Own')).to.include({tenant: 'service'});
      for (const code of ['trap', 'global']) expect(() => attempt(code), code).to.throw(TenantIsolationError);
      expect(() => (ModelRegistry.reservedCodes = 'global' as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    } finally {
      ModelRegistry.reservedCodes = before;
    }
  });

  it('begins work without a tenant only by runWithoutTenant, which takes no other code', () => {
    for (const code of ['acme', '', 'Global'])
      expect(() => Context.runWithoutTenant(code, () => {}))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    Context.runAsTenant('acme', () => {
      Context.user = 'Ann';
      Context.runWithoutTenant('service', () => {
        expect([Context.tenant, Context.user, TenantContext.tenant]).to.deep.equal(['service', undefined, undefined]);
        Context.tenant = 'service';
        expect(() => (Context.tenant = 'globex'))
          .to.throw()
          .with.property('code', 'TENANT_MISMATCH');
        Context.runAsTenant('globex', () => expect(Context.tenant).to.equal('globex'));
      });
    });
  });

  it('does not keep clear() from ending the classes of a tenant of that name', () => {
    TenantContext.run('global', () => TenantRegistries.default.current().findByName('Nothing'));
    expect(TenantRegistries.default.peek('global')).not.to.equal(undefined);
    ModelRegistry.clear();
    expect(TenantRegistries.default.peek('global')).to.equal(undefined);
  });
});
