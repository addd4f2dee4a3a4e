import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {install, ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {NESTED} from '../support/structures';

describe('After offboarding, ModelBuilder.defaultInstance keeps no class alive', () => {
  it('of this library: it follows the running tenant on the default registries', async () => {
    const registries = (TenantRegistries.default = new TenantRegistries());
    const before = liveClasses();
    TenantContext.run('acme', () => void lookedAt(ModelBuilder.defaultInstance.define('Customer', NESTED())));
    expect(registries.for('acme').findByName('Customer')).to.be.a('function');

    const report = await registries.offboard('acme', {verify: true});

    expect(report).to.include({models: 1, survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    TenantRegistries.default = undefined;
  });

  it('of juggler, while the library is installed', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    const uninstall = install(juggler, {registries});
    TenantContext.run('acme', () => void lookedAt(juggler.ModelBuilder.defaultInstance.define('Customer', NESTED())));

    const report = await registries.offboard('acme', {verify: true});

    expect(report).to.include({models: 1, survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    uninstall();
  });
});
