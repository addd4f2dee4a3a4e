import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {Context} from '../../../lib/compat/index';

/** What returns a generator, and so would have its body run later, where its caller iterates. */
const GENERATORS: Record<string, () => unknown> = {
  'a generator function': function* () {
    yield TenantContext.tenant;
  },
  'an async generator function': async function* () {
    yield TenantContext.tenant;
  },
  'a function that returns a generator': () =>
    (function* () {
      yield TenantContext.tenant;
    })(),
};

/** Every way to run work in a context. */
const WAYS: Record<string, (work: () => unknown) => unknown> = {
  'TenantContext.run': work => TenantContext.run('acme', work),
  'a nested TenantContext.run': work => TenantContext.run('globex', () => TenantContext.run('acme', work)),
  'registries.run': work => new TenantRegistries().run('acme', work),
  'lease.run': work => {
    using lease = new TenantRegistries().acquire('acme');
    return lease.run(work);
  },
  'TenantContext.bind': work => TenantContext.run('acme', () => TenantContext.bind(work))(),
  'runAsTenant of /compat': work => (Context as any).runAsTenant('acme', work),
};

describe('A generator is refused as the work of a tenant', () => {
  for (const [way, run] of Object.entries(WAYS)) {
    for (const [what, work] of Object.entries(GENERATORS)) {
      it(`${what}, by ${way}: an error says where to iterate, and the context has ended`, () => {
        expect(() => run(work))
          .to.throw(/Iterate within the work/)
          .with.property('code', 'INVALID_OPTION');
        expect(TenantContext.tenant).to.equal(undefined);
        expect(TenantContext.activeContexts('acme')).to.equal(0);
        expect(TenantContext.activeContexts('globex')).to.equal(0);
      });
    }
  }

  it('but not what the work iterates itself', async () => {
    const seen = await TenantContext.run('acme', async () => {
      const tenants: unknown[] = [];
      for await (const tenant of GENERATORS['an async generator function']() as AsyncIterable<unknown>) tenants.push(tenant);
      return tenants;
    });
    expect(seen).to.deep.equal(['acme']);
  });
});
