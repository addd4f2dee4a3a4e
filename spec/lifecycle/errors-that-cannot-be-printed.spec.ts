import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {tenantMiddleware} from '../../lib/express';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';

function throwing(property: string): Error {
  const get = () => {
    throw new Error(`${property} was read`);
  };
  return Object.defineProperty(new Error('x'), property, {get});
}

function cyclic(): Error {
  const [error, cause] = [new Error('outer'), new Error('inner')];
  Object.assign(error, {cause});
  Object.assign(cause, {cause: error});
  return error;
}

/** What user code may throw. */
const THROWN: Record<string, () => unknown> = {
  'an error that is its own cause': () =>
    Object.assign(new Error('x'), {
      get cause() {
        return this;
      },
    }),
  'an error with a cycle of causes': cyclic,
  'an error with a new cause at each look': () => {
    const endless = (): Error => Object.defineProperty(new Error('x'), 'cause', {get: endless});
    return endless();
  },
  'an error whose name is a Symbol': () => Object.assign(new Error('x'), {name: Symbol('name')}),
  'an error whose message is a Symbol': () => Object.assign(new Error(), {message: Symbol('message')}),
  'an error whose stack is a number': () => Object.assign(new Error('x'), {stack: 1}),
  'an error whose message throws': () => throwing('message'),
  'an error whose name throws': () => throwing('name'),
  'an error whose stack throws': () => throwing('stack'),
  'an error whose cause throws': () => throwing('cause'),
  'an error whose code throws': () => throwing('code'),
  'a revoked proxy': () => {
    const {proxy, revoke} = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'an object without a prototype': () => Object.create(null),
  'an object that cannot be inspected': () => ({
    [Symbol.for('nodejs.util.inspect.custom')]() {
      throw new Error('inspected');
    },
  }),
  undefined: () => undefined,
  null: () => null,
  'a Symbol': () => Symbol('thrown'),
};

for (const [name, make] of Object.entries(THROWN)) {
  describe(`User code throws ${name}`, () => {
    let registries: TenantRegistries;
    let warnings: Error[];
    const fail = () => {
      throw make();
    };
    const note = (warning: Error) => void warnings.push(warning);
    beforeEach(() => {
      registries = new TenantRegistries();
      warnings = [];
      process.on('warning', note);
    });
    afterEach(async () => {
      process.off('warning', note);
      await registries.dispose().catch(() => {});
    });

    it('from onEnd: the context is left, and there is one warning', async () => {
      expect(TenantContext.run('acme', () => TenantContext.current!.onEnd(fail))).to.equal(undefined);
      expect([TenantContext.tenant, registries.activeContexts('acme')]).to.deep.equal([undefined, 0]);
      await TenantContext.run('acme', async () => TenantContext.current!.onEnd(async () => fail()));
      await nextJob();
      expect(registries.activeContexts('acme')).to.equal(0);
      expect(warnings).to.have.lengthOf(2);
    });

    it('from an observer: the verbs return, and each failure is reported once', async () => {
      registries.observe({built: fail, state: fail, ended: fail});
      registries.for('acme');
      await registries.suspend('acme');
      registries.resume('acme');
      expect(await registries.offboard('acme'))
        .to.have.property('errors')
        .with.lengthOf(1);
      await nextJob();
      expect(warnings).to.have.lengthOf(1 + 4);
      expect(registries.state('acme')).to.equal('offboarded');
    });

    it('from a hook: the tenant is offboarded, and the report has the failures', async () => {
      registries.for('acme');
      registries.beforeOffboard(fail);
      registries.onOffboard(async () => fail());
      expect((await registries.offboard('acme')).hookErrors).to.have.lengthOf(2);
      expect(registries.state('acme')).to.equal('offboarded');
    });

    it('from work in a context: the context is left, and the caller gets it', async () => {
      let caught: unknown = 'nothing';
      const thrown = make();
      try {
        TenantContext.run('acme', () => {
          throw thrown;
        });
      } catch (error) {
        caught = error;
      }
      expect(caught === thrown).to.equal(true);
      expect([TenantContext.tenant, registries.activeContexts('acme')]).to.deep.equal([undefined, 0]);
    });

    it('from prepare or lookUp: the request gets an answer, and the next one is served', async () => {
      for (const option of ['prepare', 'lookUp'] as const) {
        let failing = true;
        const misbehaving = async () => (failing ? fail() : {});
        const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, [option]: misbehaving});
        const service = await Service.start(listener((_, response) => response.end('served')));
        try {
          if (option === 'prepare') expect((await service.call('/', {tenant: 'acme'})).status).to.equal(503);
          failing = false;
          expect(await service.call('/', {tenant: 'acme'})).to.include({status: 200, text: 'served'});
        } finally {
          await service.stop();
        }
        registries.evict('acme');
      }
    });

    it('from connect: the caller gets TENANT_UNAVAILABLE, and the next call tries anew', async () => {
      let failing = true;
      const connect = (answer: (error?: unknown) => void) => answer(failing ? make() : undefined);
      const initialize = (dataSource: any, done: () => void) => {
        dataSource.connector = {connect, disconnect: (answer: () => void) => answer()};
        done();
      };
      const sources = new TenantDataSources({registries, create: () => ({connector: {initialize}})});
      const isFailure = make() !== undefined && make() !== null;
      const code = await sources.ensure('acme').then(
        () => undefined,
        (error: {code: string}) => error.code,
      );
      expect(code).to.equal(isFailure ? 'TENANT_UNAVAILABLE' : undefined);
      failing = false;
      expect((await sources.ensure('acme')).connected).to.equal(true);
    });
  });
}
