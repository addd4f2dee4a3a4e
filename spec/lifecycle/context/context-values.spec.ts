import {expect} from 'chai';
import {NoTenantError, TenantContext} from '../../../lib/index';

describe('Values of a context', () => {
  it('are set and read where the tenant runs, and belong to one context', async () => {
    const key = Symbol('user');
    const work = async (user: string) => {
      TenantContext.set(key, user);
      await new Promise(setImmediate);
      return TenantContext.get(key);
    };
    const users = ['ann', 'bob', 'cy'];
    expect(await Promise.all(users.map(user => TenantContext.run('acme', work, user)))).to.deep.equal(users);
  });

  it('are undefined where no tenant runs; to set one there is an error that says what to do', () => {
    expect(TenantContext.get('key')).to.equal(undefined);
    expect(() => TenantContext.set('key', 1)).to.throw(NoTenantError, /TenantContext\.run\(tenant, …\)/);
    expect(TenantContext.current).to.equal(undefined);
    expect(TenantContext.signal).to.equal(undefined);
  });

  it('are the context’s own, also when another one is current', () => {
    TenantContext.run('acme', () => {
      const acme = TenantContext.current!;
      acme.set('key', 'acme’s').set('other', 1);
      TenantContext.run('globex', () => {
        TenantContext.set('key', 'globex’s');
        expect([acme.tenant, acme.get('key'), acme.get('other')]).to.deep.equal(['acme', 'acme’s', 1]);
        expect(TenantContext.get('key')).to.equal('globex’s');
        acme.set('other', 2);
        expect(TenantContext.get('other')).to.equal(undefined);
      });
      expect(TenantContext.get('other')).to.equal(2);
    });
  });

  it('are visible in nested contexts of the same tenant, also across contexts of other tenants, and not in outer ones', () => {
    TenantContext.run('acme', () => {
      TenantContext.set('user', 'ann');
      TenantContext.run('globex', () => {
        expect(TenantContext.get('user')).to.equal(undefined);
        TenantContext.run('acme', () => {
          expect(TenantContext.get('user')).to.equal('ann');
          TenantContext.set('user', undefined);
          expect(TenantContext.get('user')).to.equal(undefined);
          TenantContext.set('mine', 1);
        });
      });
      expect([TenantContext.get('user'), TenantContext.get('mine')]).to.deep.equal(['ann', undefined]);
    });
  });

  it('are visible in a nested context after a context between has ended', async () => {
    await TenantContext.run('acme', async () => {
      TenantContext.set('user', 'ann');
      let inmost!: Promise<unknown>;
      TenantContext.run('acme', () => {
        TenantContext.set('passing', 1);
        inmost = TenantContext.run('acme', async () => {
          await new Promise(setImmediate);
          return [TenantContext.get('user'), TenantContext.get('passing')];
        });
      });
      expect(await inmost).to.deep.equal(['ann', undefined]);
    });
  });

  it('are gone when the context has ended, and late work cannot set them again', async () => {
    const context = TenantContext.run('acme', () => {
      TenantContext.set('key', {});
      return TenantContext.current!;
    });
    expect([context.ended, context.tenant, context.get('key')]).to.deep.equal([true, 'acme', undefined]);
    expect(() => context.set('key', 1))
      .to.throw(/TenantContext\.run of its own/)
      .with.property('code', 'CONTEXT_ENDED');
    const late = TenantContext.run('acme', () => ({
      set: new Promise<unknown>(resolve => {
        setImmediate(() => {
          try {
            expect([TenantContext.tenant, TenantContext.get('key')]).to.deep.equal(['acme', undefined]);
            TenantContext.set('key', 1);
            resolve(undefined);
          } catch (error) {
            resolve(error);
          }
        });
      }),
    }));
    expect(await late.set).to.include({code: 'CONTEXT_ENDED', tenant: 'acme'});
  });
});
