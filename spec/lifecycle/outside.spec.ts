import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {tenantDataSource} from '../support/service';
import {NESTED} from '../support/structures';

describe('Work outside any tenant', () => {
  it('gets the shared registry by default', () => {
    const registries = new TenantRegistries();
    expect(registries.outside).to.equal('shared');
    const Model = (new ModelBuilder({registries}) as any).define('Setting', NESTED());
    expect(registries.shared.findByName('Setting')).to.equal(Model);
  });

  it('is refused by the option outside, with an error that says what to do; no class is made', async () => {
    const registries = new TenantRegistries({outside: 'refuse'});
    const builder = new ModelBuilder({registries}) as any;
    for (const use of [
      () => registries.current(),
      () => builder.define('Setting', NESTED()),
      () => builder.resolveType({a: String}),
      () => builder.models,
      () => tenantDataSource(registries),
    ]) {
      expect(use, String(use))
        .to.throw(/TenantContext\.run\(tenant, …\)/)
        .with.property('code', 'NO_TENANT');
    }
    expect(registries.shared.stats()).to.include({models: 0, embeddedModels: 0});
    expect(await TenantContext.run('acme', async () => builder.define('Customer', NESTED()).modelName)).to.equal('Customer');
  });

  it('can be refused once the application has booted', async () => {
    const registries = new TenantRegistries();
    const dataSource = tenantDataSource(registries);
    const Setting = dataSource.createModel('Setting', {name: String});
    registries.outside = 'refuse';

    expect(() => dataSource.createModel('Late', {}))
      .to.throw()
      .with.property('code', 'NO_TENANT');
    expect(TenantContext.run('acme', () => dataSource.getModel('Setting'))).to.equal(Setting);
    expect(new ModelBuilder({registry: registries.shared})).to.have.property('models');

    const code = await Setting.create({name: 'x'}).then(
      () => undefined,
      (error: {code: string}) => error.code,
    );
    expect(code).to.equal('NO_TENANT');

    registries.outside = 'shared';
    expect(await Setting.create({name: 'x'})).to.have.property('id');
    expect(dataSource.createModel('Late', {}).modelName).to.equal('Late');
  });

  it('takes the values shared and refuse only', () => {
    const registries = new TenantRegistries();
    expect(() => (registries.outside = 'maybe' as never))
      .to.throw(/'shared' or 'refuse'/)
      .with.property('code', 'INVALID_OPTION');
    expect(registries.outside).to.equal('shared');
  });
});
