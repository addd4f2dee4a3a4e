import {expect} from 'chai';
import {forJuggler, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {liveClasses, nextJob} from '../../support/live-classes';
import type {AnyModel} from '../../support/service';
import {keepingConnector} from '../../support/keeping-connector';

const juggler = require('juggler-3');
const memory = require('juggler-3/lib/connectors/memory');
const {DataSource, ModelBuilder} = forJuggler(juggler);

const PROPERTIES = () => ({name: String, tags: [String], parts: [{kind: String}]});
const tenants = ['acme', 'globex'];

describe('On juggler 3.36', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));

  const customers = (tenant: string): AnyModel =>
    new DataSource({connector: keepingConnector(memory), modelRegistry: {registries, tenant}}).createModel(
      'Customer',
      PROPERTIES(),
    );

  it('the last list that was made keeps no class of its tenant', async () => {
    const before = liveClasses(juggler);
    const use = async () => void (await customers('acme').create({tags: ['a'], parts: [{kind: 'x'}]}));
    await use();
    expect(await registries.offboard('acme', {verify: true})).to.include({models: 1, embeddedModels: 1, survivors: 0});
    expect(liveClasses(juggler)).to.equal(before);
  });

  it('lists make items as on stock', () => {
    const [stock, ours] = [new juggler.ModelBuilder(), new ModelBuilder({registries, tenant: 'acme'})].map(builder => {
      const Model = builder.define('Customer', {...PROPERTIES(), dates: [Date], any: []}) as unknown as AnyModel;
      const model = new Model({tags: [1], parts: [{kind: 2}], dates: ['2020-01-01', null], any: [[1], {b: 2}]});
      model.tags.push(3);
      model.parts.push({kind: 4});
      return {json: model.toJSON(), pushed: model.parts[1] instanceof Model.definition.properties.parts.type[0]};
    });
    expect(ours).to.deep.equal(stock);
    expect(ours.pushed).to.equal(true);
  });

  it('operations answer by promises of its kind, which go on for the tenant that asked', async () => {
    const models = tenants.map(customers);
    const seen: Record<string, unknown[]> = {acme: [], globex: []};
    const note = () => void seen[TenantContext.tenant ?? 'none']?.push(TenantContext.tenant);
    const all = tenants.map((tenant, index) =>
      TenantContext.run(tenant, () =>
        models[index]
          .create({name: tenant})
          .tap(note)
          .then(() => (note(), models[index].find()))
          .delay(1)
          .tap(note)
          .catch(TypeError, note),
      ),
    );
    await Promise.all(all);
    expect(seen).to.deep.equal({acme: ['acme', 'acme', 'acme'], globex: ['globex', 'globex', 'globex']});
  });

  it('refusals are promises of its kind as well', async () => {
    const sources = new TenantDataSources({registries, juggler, create: () => ({connector: 'memory'})});
    const routed = sources.route(new ModelBuilder({registries}).define('Routed')) as unknown as AnyModel;
    const Customer = customers('acme');
    const customer = await Customer.create({});
    await registries.offboard('acme');
    const refusals = {NO_TENANT: () => routed.find(), TENANT_OFFBOARDED: () => Customer.find()};
    for (const [code, refused] of Object.entries(refusals)) {
      const isRefusal = (error: {code?: string}) => error.code === code;
      expect(
        await refused()
          .tap(() => expect.fail())
          .catch(isRefusal, () => 'caught'),
      ).to.equal('caught');
    }
    expect(await customer.save().reflect()).to.be.an('object');
  });

  it('settings stay as the caller has them', () => {
    const settings = Object.freeze({connector: 'memory', modelRegistry: Object.freeze({registries, tenant: 'acme'})});
    const dataSource = new DataSource(settings) as unknown as {settings: object};
    new DataSource('db', settings);
    expect(dataSource.settings).to.not.have.property('modelRegistry');
    expect(settings).to.have.property('modelRegistry');
  });

  it('late work on a datasource that was closed gets the error, and the process goes on', async () => {
    const create = (tenant: string) => new DataSource({connector: 'memory', modelRegistry: {registries, tenant}}) as never;
    const sources = new TenantDataSources({registries, create});
    const dataSource = await sources.ensure('acme');
    const Customer = dataSource.createModel('Customer', PROPERTIES()) as unknown as AnyModel;
    await sources.close('acme');
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    const listeners = process.rawListeners('unhandledRejection') as (typeof note)[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
    // juggler begins to connect, and leaves the promise alone
    const error = await Customer.find().catch((error: unknown) => error);
    await nextJob();
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(error).to.have.property('code', 'DATASOURCE_CLOSED');
    expect(unhandled).to.deep.equal([]);
  });
});
