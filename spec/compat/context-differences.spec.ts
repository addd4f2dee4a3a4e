import {expect} from 'chai';
import {TenantContext} from '../../lib/index';
import {Context, ContextApi} from '../../lib/compat';
import {freshDefault} from '../support/process-default';
import {outcomeOf, readDifferences} from '../support/table-of-differences';
import {warningsOf} from '../support/warnings';

const any = Context as any;

const ROWS: Record<string, () => unknown> = {
  'type of Context.setWithToken': () => typeof any.setWithToken,
  'type of Context.generateAccessToken': () => typeof any.generateAccessToken,
  'type of Context.withTenant, without constructor': () => typeof any.withTenant,
  'the tenant, after a second one was set in one context': () =>
    Context.runInContext(Context.createContext(), () => {
      Context.tenant = 'acme';
      Context.tenant = 'globex';
      return Context.tenant;
    }),
  "the tenant of runAsTenant('trap', work)": () => Context.runAsTenant('trap', () => Context.tenant),
  "the tenant of runAsTenant('service', work)": () => Context.runAsTenant('service', () => Context.tenant),
  "a.get('tenant') of a context object of acme, while globex runs": () => {
    const context = Context.createContext({tenant: 'acme'});
    return Context.runAsTenant('globex', () => context.get('tenant'));
  },
  'a function that was set in a context, after releaseContext of it': () => {
    const context = Context.createContext({tenant: 'acme'});
    context.set('function', () => 'kept');
    Context.releaseContext(context);
    return (context.get('function') as () => string)();
  },
  'work with DISABLE_ASYNC_CONTEXT=true': () => {
    process.env.DISABLE_ASYNC_CONTEXT = 'true';
    try {
      return new ContextApi().runAsTenant('acme', () => 'runs');
    } finally {
      delete process.env.DISABLE_ASYNC_CONTEXT;
    }
  },
  'a value that was set without a context in the mode legacy': async () => {
    const context = new ContextApi({mode: 'trap'});
    await warningsOf(() => (context.user = 'Ann'));
    return context.user;
  },
  "Node's domain module is loaded in the mode legacy": () => {
    new ContextApi({mode: 'trap'}).runAsTenant('acme', () => TenantContext.tenant);
    return (process as unknown as {moduleLoadList: string[]}).moduleLoadList.includes('NativeModule domain');
  },
};

describe('The table of differences in the guide for users of a shared context', () => {
  freshDefault();
  const differences = readDifferences('docs/guides/tenant-context-compat.md', 'the library');

  it('has a row for each difference that is run here, and no other rows', () => {
    expect(differences.map(({title}) => title)).to.deep.equal(Object.keys(ROWS));
  });

  for (const {title, fork, here} of differences) {
    it(`is true: ${title}`, async () => {
      expect(await outcomeOf(ROWS[title])).to.equal(here);
      expect(here).not.to.equal(fork);
    });
  }
});
