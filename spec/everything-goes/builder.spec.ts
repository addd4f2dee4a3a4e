import {expect} from 'chai';
import {ModelBuilder, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('After offboarding, a ModelBuilder that is still held keeps no class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  it('bound to the tenant', async () => {
    const before = liveClasses();
    const builder = new ModelBuilder({registries, tenant: 'acme'});
    lookedAt(builder.define('Customer', NESTED()));
    expect(liveClasses() - before).to.equal(NESTED_CLASSES);

    const report = await registries.offboard('acme', {verify: true});

    expect(report).to.include({models: 1, embeddedModels: 3, survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    expect(() => builder.define('Customer', NESTED()))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });

  it('bound to a registry, with a mixin and a base class that belong to the tenant', async () => {
    const before = liveClasses();
    const builder = new ModelBuilder({registry: registries.for('globex')});
    (() => {
      const Base = lookedAt(builder.define('Base', NESTED()));
      builder.defaultModelBaseClass = Base;
      (builder as any).mixins.define('Timestamps', Base);
    })();
    expect(liveClasses() - before).to.equal(NESTED_CLASSES);

    await registries.offboard('globex');

    expect(liveClasses() - before).to.equal(0);
    expect(() => builder.define('Customer'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });
});
