import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Context, TENANT} from '../../lib/compat';
import {nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';

describe('The tenant of a context', () => {
  freshDefault();

  it('is the running tenant: the registries follow it, and its work counts as work in flight', async () => {
    await Context.runInContext({[TENANT]: 'acme'}, async () => {
      await nextJob();
      expect(Context.tenant).to.equal('acme');
      expect(TenantContext.tenant).to.equal('acme');
      expect(TenantRegistries.default.current().tenant).to.equal('acme');
      expect(Context.activeContexts('acme')).to.equal(1);
    });
    expect(Context.activeContexts('acme')).to.equal(0);
    TenantContext.run('globex', () => expect(Context.tenant).to.equal('globex'));
  });

  it('is separate in each of many contexts that run at once', async () => {
    const tenants = Array.from({length: 50}, (_, index) => `tenant${index}`);
    const seen = await Promise.all(
      tenants.map(tenant =>
        Context.runAsTenant(tenant, async () => {
          await nextJob();
          return Context.tenant;
        }),
      ),
    );
    expect(seen).to.deep.equal(tenants);
  });

  it('may be set once by work that has begun, as a middleware does; parallel requests do not mix', async () => {
    const request = (tenant: string) =>
      Context.runInContext(Context.createContext(), async () => {
        expect(Context.tenant).to.equal('trap');
        await (async () => {
          await nextJob();
          Context.setValues(tenant, {name: `user of ${tenant}`}, 'Asia/Singapore');
        })();
        await nextJob();
        expect(TenantContext.tenant).to.equal(tenant);
        expect(Context.activeContexts(tenant)).to.equal(1);
        return [Context.tenant, (Context.user as {name: string}).name, Context.timezone];
      });
    expect(await Promise.all(['acme', 'globex'].map(request))).to.deep.equal([
      ['acme', 'user of acme', 'Asia/Singapore'],
      ['globex', 'user of globex', 'Asia/Singapore'],
    ]);
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('cannot be changed, because the work would go on with the lease and the classes of the first tenant', () => {
    const change = {
      'by its accessor': () => (Context.tenant = 'globex'),
      'by set': () => Context.set(TENANT, 'globex'),
      'by setValues': () => Context.setValues('globex'),
      'by claims': () => Context.setFromClaims({tenant: 'globex'}),
      'on the context': () => (Context.getCurrentContext().tenant = 'globex'),
      'by its symbol': () => (Context.getCurrentContext()[TENANT] = 'globex'),
    };
    const runs: ((work: () => unknown) => unknown)[] = [
      work => Context.runAsTenant('acme', work),
      work => TenantContext.run('acme', work),
      work =>
        Context.runInContext({}, () => {
          Context.tenant = 'acme';
          work();
        }),
    ];
    for (const run of runs) {
      for (const [how, work] of Object.entries(change)) {
        run(() => {
          Context.tenant = 'acme';
          expect(work, how).to.throw().with.include({name: 'TenantIsolationError', code: 'TENANT_MISMATCH', tenant: 'acme'});
          expect(Context.tenant).to.equal('acme');
        });
      }
    }
  });

  it('of an inner context does not change the tenant of the outer one', () => {
    Context.runAsTenant('acme', () => {
      Context.runAsTenant('globex', () => expect(Context.tenant).to.equal('globex'));
      expect(Context.tenant).to.equal('acme');
      Context.runInContext({key: 1}, () => expect(Context.tenant).to.equal('acme'));
    });
  });

  it('stays with a context that has run for it, so that its values reach no other tenant', () => {
    const context = Context.createContext({user: 'Ann'});
    Context.runAsTenant('acme', () => Context.runInContext(context, () => {}));
    expect(context.tenant).to.equal('acme');
    Context.runAsTenant('globex', () => Context.runInContext(context, () => expect(Context.tenant).to.equal('acme')));
  });

  for (const code of ['trap', 'service', 'global']) {
    it(`is read as ${code} by the application's own work without a tenant: it makes no registry, and counts for no tenant`, () => {
      Context.runAsTenant('acme', () =>
        Context.runWithoutTenant(code, () => {
          expect(Context.tenant).to.equal(code);
          expect(TenantContext.tenant).to.equal(undefined);
          expect(TenantRegistries.default.current()).to.equal(TenantRegistries.default.shared);
        }),
      );
      expect(TenantRegistries.default.peek(code)).to.equal(undefined);
      expect(Context.activeContexts(code)).to.equal(0);
    });
  }

  it('must be a tenant code', () => {
    const code = (work: () => unknown) => expect(work).to.throw().with.property('code', 'INVALID_TENANT_CODE');
    code(() => Context.runAsTenant('', () => {}));
    code(() => Context.runAsTenant(7 as never, () => {}));
    code(() => Context.runInContext({}, () => (Context.tenant = '')));
    code(() => Context.runInContext({}, () => (Context.tenant = undefined as never)));
    Context.runInContext({}, () => {
      Context.setValues(undefined, 'Ann');
      Context.setValues(null, undefined, 'UTC');
      expect([Context.tenant, Context.user, Context.timezone]).to.deep.equal(['trap', 'Ann', 'UTC']);
    });
  });
});
