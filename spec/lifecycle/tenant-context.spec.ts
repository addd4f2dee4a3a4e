import {expect} from 'chai';
import {TenantContext} from '../../lib/index';

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

  it('nests: the inner one replaces, the outer one comes back', () => {
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
});
