import {createServer} from 'node:http';
import {expect} from 'chai';
import {
  DataSource,
  ModelBuilder,
  TenantContext,
  TenantDataSources,
  TenantRegistries,
  type TenantDataSourcesOptions,
} from '../../../lib/index';
import {Service} from '../../support/http';
import type {AnyDataSource, AnyModel} from '../../support/service';

/** A connector with a DataAccessObject of its own. */
const counting = (tenant: string) => ({
  initialize(dataSource: AnyDataSource, done: () => void) {
    class Dao {
      static tally(this: AnyModel, step: number, callback: (error: unknown, sum?: number) => void) {
        const {connector} = this.getDataSource();
        process.nextTick(() => callback(null, (connector.sum += step)));
      }
      static async whose(this: AnyModel) {
        return [tenant, this.getDataSource().connector.tenant, TenantContext.tenant];
      }
      async mine(this: AnyModel) {
        return this.constructor.getDataSource().connector.tenant;
      }
    }
    // juggler copies what for-in lists
    for (const place of [Dao, Dao.prototype]) {
      for (const name of Object.getOwnPropertyNames(place)) {
        if (!['length', 'name', 'prototype', 'constructor'].includes(name))
          Object.defineProperty(place, name, {enumerable: true});
      }
    }
    dataSource.connector = {
      name: 'counting',
      tenant,
      sum: 0,
      DataAccessObject: Dao,
      connect: (answer: any) => process.nextTick(answer),
    };
    process.nextTick(done);
  },
});

describe('Methods that a connector adds to a routed model', () => {
  let registries: TenantRegistries;
  let builder: AnyModel;
  beforeEach(() => {
    registries = new TenantRegistries();
    builder = new ModelBuilder({registries});
  });
  afterEach(() => registries.dispose());

  const within = <T>(tenant: string, work: () => T): T => TenantContext.run(tenant, work);
  const code = (work: () => Promise<unknown>) =>
    work().then(
      () => 'none',
      (error: any) => error.code ?? error,
    );
  const routed = (
    create: (tenant: string) => object,
    model = builder.define('Thing', {name: String}),
  ): [AnyModel, TenantDataSources] => {
    const sources = new TenantDataSources({registries, create: create as TenantDataSourcesOptions['create']});
    return [sources.route(model), sources];
  };

  it('run on the running tenant’s connector: the templates of the REST connector', async () => {
    const server = createServer((request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({path: request.url}));
    });
    const service = await Service.start(server);
    try {
      const template = (tenant: string) => ({method: 'GET', url: `http://127.0.0.1:${service.port}/${tenant}/{q}`});
      const [Thing] = routed(tenant => ({
        connector: require('loopback-connector-rest'),
        operations: [{template: template(tenant), functions: {search: ['q']}}],
      }));
      for (const tenant of ['acme', 'globex', 'acme']) {
        const found = await within(tenant, () => Thing.search('x'));
        expect([found].flat()[0]).to.deep.equal({path: `/${tenant}/x`});
        const byCallback = await new Promise(resolve =>
          within(tenant, () => Thing.search('y', (_: unknown, body: unknown) => resolve(body))),
        );
        expect([byCallback].flat()[0]).to.deep.equal({path: `/${tenant}/y`});
      }
      expect(await code(() => Thing.search('x'))).to.equal('NO_TENANT');
      await registries.offboard('acme');
      expect(await code(() => within('acme', () => Thing.search('x')))).to.equal('TENANT_OFFBOARDED');
    } finally {
      await service.stop();
    }
  });

  it('run on the running tenant’s connector: the key-value methods', async () => {
    const [Thing] = routed(() => ({connector: 'kv-memory'}));
    for (const tenant of ['acme', 'globex']) await within(tenant, () => Thing.set('key', {name: tenant}));
    for (const tenant of ['acme', 'globex']) {
      expect(await within(tenant, () => Thing.get('key'))).to.deep.equal({name: tenant});
      expect(await within(tenant, () => Thing.keys())).to.deep.equal(['key']);
    }
    const iterator = within('acme', () => Thing.iterateKeys());
    expect(await code(async () => within('globex', () => iterator.next()))).to.equal('TENANT_MISMATCH');
    expect(await code(async () => iterator.next())).to.equal('NO_TENANT');
    expect(await within('acme', () => iterator.next())).to.equal('key');
    expect(await code(() => within('acme', () => Thing.create({name: 'x'})))).to.equal('INVALID_OPTION');
    expect(await code(() => Thing.get('key'))).to.equal('NO_TENANT');
  });

  it('run on the running tenant’s connector: a DataAccessObject of the connector’s own', async () => {
    const [Thing] = routed(tenant => ({connector: counting(tenant)}));
    expect(await within('acme', () => Thing.whose())).to.deep.equal(['acme', 'acme', 'acme']);
    const tally = (tenant: string) =>
      new Promise(resolve =>
        within(tenant, () => Thing.tally(2, (_: unknown, sum: number) => resolve([sum, TenantContext.tenant]))),
      );
    expect(await tally('acme')).to.deep.equal([2, 'acme']);
    expect(await tally('globex')).to.deep.equal([2, 'globex']);
    expect(await tally('acme')).to.deep.equal([4, 'acme']);
    const thing = within('acme', () => new Thing({name: 'x'}));
    expect(await within('acme', () => thing.mine())).to.equal('acme');
    expect(await code(() => within('globex', () => thing.mine()))).to.equal('TENANT_MISMATCH');
  });

  it('are routed too if the model was attached to such a connector before', async () => {
    const before: AnyDataSource = new DataSource({connector: counting('before'), modelRegistry: {registries}});
    const [Thing] = routed(tenant => ({connector: counting(tenant)}), before.createModel('Thing', {name: String}));
    expect(await code(() => Thing.whose())).to.equal('NO_TENANT');
    expect(await within('acme', () => Thing.whose())).to.deep.equal(['acme', 'acme', 'acme']);
  });

  it('leave a method of the model’s own alone', async () => {
    const Thing = builder.define('Thing', {name: String});
    Thing.whose = () => 'the model’s own';
    const [Routed] = routed(tenant => ({connector: counting(tenant)}), Thing);
    expect(within('acme', () => Routed.whose())).to.equal('the model’s own');
  });

  it('need not be known to a tenant whose connector is of another kind', async () => {
    const [Thing] = routed(tenant => (tenant === 'acme' ? {connector: counting(tenant)} : {connector: 'memory'}));
    await within('acme', () => Thing.whose());
    await within('globex', () => Thing.create({name: 'x'}));
    expect(await code(() => within('globex', () => Thing.whose()))).to.equal('INVALID_OPTION');
    expect(await code(() => within('acme', () => Thing.create({name: 'x'})))).to.equal('INVALID_OPTION');
  });

  it('change nothing that the model inherits, and make no datasource where no tenant runs', async () => {
    const Thing = builder.define('Thing', {name: String});
    const [Routed, sources] = routed(() => ({connector: 'memory'}), Thing);
    expect(Routed.unknown).to.equal(undefined);
    expect(sources.stats().created).to.equal(0);
    await within('acme', () => Routed.create({name: 'x'}));
    expect(within('acme', () => Routed.unknown)).to.equal(undefined);
    expect(await within('acme', () => Routed.count())).to.equal(1);
  });
});
