import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {NESTED} from '../support/structures';

describe('A value that is set on a forwarding builder while a tenant runs belongs to that tenant', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  let builder: any;
  beforeEach(() => {
    builder = new ModelBuilder({registries});
  });

  it('a base class: other tenants see their own or the builder’s, and it is dropped with the tenant', async () => {
    const stock = builder.defaultModelBaseClass;
    const before = liveClasses();
    (() =>
      TenantContext.run('acme', () => {
        const Base = lookedAt(builder.define('Base', NESTED()));
        builder.defaultModelBaseClass = Base;
        expect(builder.defaultModelBaseClass).to.equal(Base);
        expect(builder.define('Customer').base).to.equal(Base);
      }))();

    expect(builder.defaultModelBaseClass).to.equal(stock);
    expect(TenantContext.run('globex', () => builder.define('Customer').base)).to.equal(stock);

    expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});
    await registries.offboard('globex');
    expect(liveClasses() - before).to.equal(0);
  });

  it('a base class that is set while no tenant runs holds for every tenant without one of its own', () => {
    const early = TenantContext.run('a', () => builder.define('Early').base);
    const Base = builder.define('SharedBase');
    builder.defaultModelBaseClass = Base;
    expect(early).not.to.equal(Base);
    expect(TenantContext.run('a', () => builder.define('Late').base)).to.equal(Base);
    const Own = TenantContext.run('b', () => (builder.defaultModelBaseClass = builder.define('OwnBase')));
    expect(TenantContext.run('b', () => builder.define('Late').base)).to.equal(Own);
    expect(builder.defaultModelBaseClass).to.equal(Base);
  });

  it('a mixin, also through a provider that was read while no tenant was running', () => {
    const {mixins} = builder;
    mixins.define('Everyones', () => {});
    TenantContext.run('c', () => mixins.define('Own', () => {}));
    const known = () => ['Everyones', 'Own'].filter(name => name in mixins.mixins);
    expect(known()).to.deep.equal(['Everyones']);
    expect(TenantContext.run('c', known)).to.deep.equal(['Everyones', 'Own']);
    expect(TenantContext.run('d', known)).to.deep.equal(['Everyones']);
  });

  it('and the builder of a tenant’s class keeps neither mixins nor base class alive after the end', async () => {
    const before = liveClasses();
    const held = (() =>
      TenantContext.run('held', () => {
        const Base = lookedAt(builder.define('Base', NESTED()));
        builder.defaultModelBaseClass = Base;
        builder.mixins.define('Timestamps', Base);
        return builder.define('Customer', {}).modelBuilder;
      }))();
    expect(await registries.offboard('held', {verify: true})).to.include({survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    expect(Object.keys(held.mixins.mixins)).to.deep.equal([]);
  });
});
