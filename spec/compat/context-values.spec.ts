import {expect} from 'chai';
import {DataSource, TenantContext} from '../../lib/index';
import * as compat from '../../lib/compat';
import {Context, LANGUAGE, TENANT, USER} from '../../lib/compat';
import {liveClasses, nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {keepingConnector} from '../support/keeping-connector';

const NAMES = [
  ...(['user', 'accessToken', 'timezone', 'origin', 'language', 'idempotencyKey', 'installation', 'cardProfile'] as const),
  'location' as const,
];

describe('The values of a context', () => {
  freshDefault();

  for (const name of NAMES) {
    const symbol = (compat as any)[name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()];
    it(`include ${name}, by its accessor, its name and its symbol`, () => {
      expect(symbol).to.be.a('symbol');
      const value = {};
      Context.runAsTenant('acme', () => {
        Context[name] = value;
        const context = Context.getCurrentContext() as any;
        const seen = [Context[name], Context.get(name), Context.get(symbol), context[name], context[symbol], context.get(name)];
        for (const each of seen) expect(each).to.equal(value);
      });
      for (const key of [name, symbol]) {
        const context = Context.createContext({[key]: value}) as any;
        expect(context[name]).to.equal(value);
        Context.runInContext(context, () => expect(Context[name]).to.equal(value));
      }
    });
  }

  it('under the application’s own keys are properties of the context, also when the class has a member of that name', () => {
    const context = Context.createContext({[TENANT]: 'acme', [USER]: 'Ann', flag: true, get: 'not the method', requestId: 'r1'});
    context.later = 1;
    expect(Object.keys(context)).to.deep.equal(['flag', 'later']);
    expect(context.requestId).to.equal('r1');
    Context.runInContext(context, () => {
      Context.set('__proto__', 'text');
      expect(['flag', 'later', 'get', '__proto__', 'toString'].map(key => Context.get(key))).to.deep.equal([
        ...[true, 1, 'not the method', 'text'],
        undefined,
      ]);
    });
    expect(Context.createContext().requestId).to.be.a('string').and.not.equal(Context.createContext().requestId);
  });

  it('belong to the context that is asked, also while another context runs', () => {
    const context = Context.createContext({tenant: 'acme', user: 'Ann'});
    Context.runAsTenant('globex', () => {
      expect([context.get('tenant'), context.get('user')]).to.deep.equal(['acme', 'Ann']);
      expect(Context.getCurrentContext()).not.to.equal(context);
    });
    Context.runInContext(context, () => {
      expect(Context.getCurrentContext()).to.equal(context);
      Context.user = 'Abe';
    });
    expect(context.user).to.equal('Abe');
  });

  it('are copied into an inner context of the same tenant when it begins, and may be overridden there', () => {
    Context.runInContext({[LANGUAGE]: 'en'}, () => {
      Context.setValues('acme', 'Ann', 'UTC');
      Context.withTenant('acme', () => {
        expect([Context.user, Context.timezone, Context.language]).to.deep.equal(['Ann', 'UTC', 'en']);
        Context.user = null;
        expect(Context.user).to.equal(null);
        Context.runInContext({}, () => expect([Context.user, Context.language]).to.deep.equal([null, 'en']));
        TenantContext.run('acme', () => expect(Context.language).to.equal('en'));
      });
      expect(Context.user).to.equal('Ann');
    });
  });

  it('are never visible in the context of another tenant', () => {
    Context.runInContext({tenant: 'acme', user: 'Ann', accessToken: 'secret', own: 1}, () =>
      Context.withTenant('globex', () => {
        expect([Context.user, Context.accessToken, Context.get('own')]).to.deep.equal([undefined, undefined, undefined]);
        Context.withTenant('acme', () => expect(Context.user).to.equal('Ann'));
        Context.runWithoutTenant('service', () => expect(Context.user).to.equal(undefined));
      }),
    );
  });

  it('can be set in a context that TenantContext.run has begun', () => {
    TenantContext.run('acme', () => {
      expect(Context.user).to.equal(undefined);
      Context.user = 'Ann';
      expect(Context.user).to.equal('Ann');
      expect(Context.getCurrentContext().tenant).to.equal('acme');
    });
  });

  it('are gone for late work: a timer or a socket that outlives its context keeps none of them alive', async () => {
    const before = liveClasses();
    const late: (() => void)[] = [];
    const use = (tenant: string | undefined) =>
      Context.runInContext({}, () => {
        const model = new DataSource({connector: keepingConnector()}).createModel('Customer', {name: String});
        Context.setValues(tenant, new (model as any)({name: 'Ann'}));
        const interval = setInterval(() => {}, 1 << 30).unref();
        late.push(() => clearInterval(interval));
        return TenantContext.bind(() => Context.getCurrentContext().user);
      });
    const bound = [use('acme'), use(undefined)];
    await nextJob();
    expect(bound[0]()).to.equal(undefined);
    expect(bound[1]).to.throw().with.property('code', 'NO_TENANT');
    expect(liveClasses()).to.equal(before);
    for (const stop of late) stop();
  });

  it('stay after releaseContext, which takes no values from running work', () => {
    const context = Context.createContext({tenant: 'acme', user: 'Ann'});
    Context.runInContext(context, () => {
      Context.releaseContext(context);
      expect([Context.tenant, Context.user, context.get('user')]).to.deep.equal(['acme', 'Ann', 'Ann']);
    });
    expect(Context.createContext({})).not.to.equal(context);
  });

  it('are available as one object, appContext', () => {
    Context.runInContext({tenant: 'acme', user: 'Ann', cardProfile: 'card', location: 'here', installation: 'app'}, () =>
      expect(Context.appContext).to.deep.equal({
        ...{staff: 'Ann', user: 'Ann', card: 'card', location: 'here', installation: 'app'},
      }),
    );
  });
});
