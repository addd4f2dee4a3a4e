import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {Context, DataSource, getCurrentTenant, ModelRegistry} from '../../lib/compat';
import {codesLikeReservedOnes, RESERVED} from '../support/tenant-codes';
import {freshDefault} from '../support/process-default';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';

/** What a handler of a service with /compat does for its tenant. */
const WORK: Record<string, () => unknown> = {
  'registers a model': () => ModelRegistry.registerModel({modelName: 'Leaked', definition: {properties: {leaked: String}}}),
  'looks for a model by name': () => ModelRegistry.findModelByName('Customer'),
  'looks for a model by structure': () => ModelRegistry.findModelByStructure({leaked: String}),
  'lists its models': () => ModelRegistry.getAllModels(),
  'defines a model': () => new DataSource({connector: 'memory', modelRegistry: {}}).createModel('Leaked', {leaked: String}),
  'begins a context without a tenant': () => Context.runInContext({}, () => ModelRegistry.registerModel({modelName: 'Leaked'})),
  'runs work with privileges': () => Context.runWithPrivilege('Ann', 'admin', () => Context.tenant),
  'asks for its tenant': () => Context.tenant,
  'sets a value': () => (Context.user = 'Ann'),
  'asks the registry for its tenant': () => getCurrentTenant(),
};

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(`In a service on ${name} that uses /compat, a request`, () => {
    freshDefault();
    let app: Application;
    let work: () => unknown;

    beforeEach(async () => {
      const registries = TenantRegistries.default;
      app = await start({
        registries,
        create: tenant => ({connector: 'memory', name: tenant}),
        requests: {required: false},
        work: () => work(),
      });
    });
    afterEach(() => app.stop());
    const call = async (tenant?: string) => {
      const {status, body} = await app.service.call(app.work, {tenant});
      return [status, body?.error?.code ?? body?.code];
    };

    it('that names a reserved code gets 404 where its handler uses /compat, whatever it does there', async () => {
      for (const tenant of RESERVED)
        for (const [what, each] of Object.entries(WORK)) {
          work = async () => ({done: each() !== undefined});
          expect(await call(tenant), `${tenant} ${what}`).to.deep.equal([404, 'TENANT_REFUSED']);
        }
      work = async () => ({found: ModelRegistry.findModelByName('Leaked') !== undefined});
      expect(await app.service.call(app.work, {tenant: 'acme'})).to.deep.include({status: 200, body: {found: false}});
    });

    it('that names no tenant, and whose claims name a reserved code, gets 404', async () => {
      for (const tenant of RESERVED) {
        work = async () => Context.runInContext({}, () => Context.setFromClaims({tenant}));
        expect(await call(), tenant).to.deep.equal([404, 'TENANT_REFUSED']);
      }
    });

    it('that names a reserved code is served where its handler does not use /compat', async () => {
      work = async () => ({tenant: TenantRegistries.default.current().tenant});
      for (const tenant of RESERVED)
        expect(await app.service.call(app.work, {tenant})).to.deep.include({status: 200, body: {tenant}});
    });

    it('that names a code which only looks like a reserved one is a tenant’s, and apart', async () => {
      for (const tenant of codesLikeReservedOnes.filter(code => /^\w[\w.-]*$/.test(code))) {
        work = async () => {
          ModelRegistry.registerModel({modelName: 'Own'});
          return {tenant: Context.tenant};
        };
        expect(await app.service.call(app.work, {tenant}), tenant).to.deep.include({status: 200, body: {tenant}});
        work = async () => ({found: ModelRegistry.findModelByName('Own') !== undefined});
        expect(await app.service.call(app.work, {tenant: 'acme'})).to.deep.include({body: {found: false}});
      }
    });
  });
}
