import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';

const look = () => [TenantContext.tenant, TenantContext.get('key'), TenantContext.activeContexts('acme')];

describe('A bound callback', () => {
  it('runs in the context that bound it until that has ended, from whichever context it is called', async () => {
    await TenantContext.run('acme', async () => {
      TenantContext.set('key', 1);
      const bound = TenantContext.bind(look);
      expect(TenantContext.run('globex', () => bound())).to.deep.equal(['acme', 1, 1]);
      const context = TenantContext.current;
      const same = TenantContext.bind(() => TenantContext.current === context);
      await Promise.resolve();
      expect(TenantContext.run('globex', () => TenantContext.run('acme', same))).to.equal(true);
    });
  });

  it('runs in a new context after that; the new context counts as work in flight and ends with the call', async () => {
    const bound = TenantContext.run('acme', () => {
      TenantContext.set('key', 1);
      return TenantContext.bind(async () => {
        const before = look();
        TenantContext.set('key', 2);
        await new Promise(setImmediate);
        return [before, look()];
      });
    });
    const called = TenantContext.run('globex', bound);
    expect(TenantContext.activeContexts('acme')).to.equal(1);
    expect(await called).to.deep.equal([
      ['acme', undefined, 1],
      ['acme', 2, 1],
    ]);
    expect(TenantContext.activeContexts('acme')).to.equal(0);
  });

  it('passes on its receiver, arguments, result and error, before the end of the context and after it', () => {
    const bind = () =>
      TenantContext.bind(function (this: unknown, ...args: unknown[]) {
        if (args.length === 0) throw this as Error;
        return [this, ...args];
      });
    const check = (bound: (...args: unknown[]) => unknown) => {
      const receiver = new Error('mine');
      expect(bound.call(receiver, 1, 2)).to.deep.equal([receiver, 1, 2]);
      expect(() => bound.call(receiver))
        .to.throw()
        .that.equals(receiver);
    };
    TenantContext.run('acme', () => check(bind()));
    check(TenantContext.run('acme', bind));
    check(bind());
    expect(TenantContext.activeContexts('acme')).to.equal(0);
  });

  it('runs for no tenant where it was bound outside any', () => {
    const bound = TenantContext.bind(() => [TenantContext.tenant, TenantContext.current]);
    expect(TenantContext.run('acme', bound)).to.deep.equal([undefined, undefined]);
  });

  it('that is bound twice runs for the tenant that bound it first', () => {
    const first = TenantContext.run('acme', () => TenantContext.bind(() => TenantContext.tenant));
    const second = TenantContext.run('globex', () => TenantContext.bind(first));
    expect(second()).to.equal('acme');
  });

  it('delays an offboarding as other work does, and is refused when the tenant is offboarded', async () => {
    const registries = new TenantRegistries();
    registries.for('acme');
    const bound = TenantContext.run('acme', () => TenantContext.bind(() => registries.current()));
    expect(bound()).to.equal(registries.for('acme'));
    await registries.offboard('acme');
    expect(bound).to.throw().with.property('code', 'TENANT_OFFBOARDED');
  });
});
