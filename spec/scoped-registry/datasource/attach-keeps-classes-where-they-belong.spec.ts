import {expect} from 'chai';
import * as juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../../lib/index';
import {nextJob} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';
import {type AnyDataSource, type AnyModel} from '../../support/service';

describe('attach does not change the registry of a class', () => {
  let registries: TenantRegistries;
  let dataSource: AnyDataSource;
  beforeEach(() => {
    registries = new TenantRegistries();
    dataSource = keepingDataSource(registries);
  });

  const tables = () => [dataSource.models, dataSource.definitions, dataSource.connector._models];
  const listed = (name: string) => tables().map(table => name in table);

  it('a tenant’s class stays with its tenant, whichever tenant attaches it to a datasource of all tenants', async () => {
    registries = new TenantRegistries({allowCrossTenantUse: true});
    dataSource = keepingDataSource(registries);
    const builder = new ModelBuilder({registries, tenant: 'a'}) as any;
    for (const [name, work] of Object.entries({
      Outside: (attach: () => void) => attach(),
      InAnothers: (attach: () => void) => TenantContext.run('b', attach),
      InItsOwn: (attach: () => void) => TenantContext.run('a', attach),
    })) {
      const Secret: AnyModel = builder.define(name, {size: {w: Number}}, {strict: true});
      work(() => dataSource.attach(Secret));
      expect(listed(name), name).to.deep.equal([false, false, false]);
      expect(registries.shared.models).not.to.have.property(name);
      TenantContext.run('b', () => expect(listed(name), name).to.deep.equal([false, false, false]));
      await TenantContext.run('a', async () => {
        expect(dataSource.models[name]).to.equal(Secret);
        expect(dataSource.connector._models[name].model).to.equal(Secret);
        await Secret.create({size: {w: 1}});
        expect(await Secret.count()).to.equal(1);
        Secret.defineProperty('later', String);
        expect(dataSource.connector._models[name].properties).to.have.property('later');
      });
    }
    await registries.offboard('a');
    expect(Object.keys(registries.shared.models)).to.deep.equal([]);
  });

  it('a shared class is attached for all tenants, whichever tenant attaches it', async () => {
    const Country: AnyModel = (new ModelBuilder({registry: registries.shared}) as any).define('Country', {code: String});
    TenantContext.run('a', () => dataSource.attach(Country));
    expect(Object.keys(registries.for('a').models)).to.deep.equal([]);
    for (const tenant of ['b', 'a']) {
      await TenantContext.run(tenant, async () => {
        expect(dataSource.models.Country).to.equal(Country);
        await Country.create({code: tenant});
        await Country.updateAll({code: tenant}, {code: 'x'});
      });
    }
    await registries.offboard('a');
    await Country.create({code: 'c'});
    expect(await Country.count()).to.equal(3);
    expect(dataSource.connector._models.Country.model).to.equal(Country);
  });

  it('a model that a listener defines for another tenant belongs to that tenant', () => {
    const Country: AnyModel = (new ModelBuilder({registry: registries.shared}) as any).define('Country', {});
    Country.on('dataSourceAttached', () => TenantContext.run('b', () => dataSource.createModel('Made', {})));
    TenantContext.run('a', () => dataSource.attach(Country));
    expect(registries.for('b').models).to.have.own.property('Made');
    expect(registries.shared.models).not.to.have.property('Made');
  });

  it('a class of a stock builder is a guest of the tenant: it is removed when the tenant ends, and works on', async () => {
    const Guest: AnyModel = new juggler.ModelBuilder().define('Guest', {name: String, size: {w: Number}});
    const tenants = keepingDataSource(registries, 'host');
    tenants.attach(Guest);
    await Guest.create({name: 'x'});
    expect(tenants.models.Guest).to.equal(Guest);

    const report = await registries.offboard('host', {verify: true});

    expect(report).to.deep.include({models: 0, embeddedModels: 0, survivors: 0, errors: []});
    expect(Guest.definition.properties).to.include.keys('name', 'size');
    expect(new Guest({name: 'y', size: {w: 1}}).toObject()).to.deep.include({name: 'y'});
    const own = new juggler.DataSource('own', {connector: 'memory'});
    own.attach(Guest);
    expect(await Guest.create({name: 'z'})).to.have.property('id', 1);
  });

  it('a class that was redefined does not get its name back, as in juggler within one builder', async () => {
    for (const builder of [new ModelBuilder({registries, tenant: 'a'}), new juggler.ModelBuilder()] as any[]) {
      const ownDataSource: AnyDataSource = new (builder instanceof ModelBuilder ? dataSource.constructor : juggler.DataSource)(
        'db',
        {connector: 'memory'},
        builder,
      );
      const Old = builder.define('Customer', {name: String});
      await nextJob();
      const New = builder.define('Customer', {name: String, age: Number});
      ownDataSource.attach(Old);
      expect(builder.models.Customer).to.equal(New);
      expect(builder.definitions.Customer).to.equal(New.definition);
      expect(Old.dataSource).to.equal(ownDataSource);
      expect(await Old.create({name: 'still served'})).to.have.property('name', 'still served');
    }
    expect(registries.for('a').findByName('Customer')!.definition.properties).to.have.property('age');
  });
});
