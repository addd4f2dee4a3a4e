import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';
import {codeOf} from '../../support/life-log';

describe('configure()', () => {
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries({maxTombstones: 2});
  });

  it('keeps settings for a tenant that is not built yet, and builds nothing', () => {
    registries.configure('acme', {host: 'db-1'});
    expect(registries.settings('acme')).to.deep.equal({host: 'db-1'});
    expect(registries.settings('other')).to.equal(undefined);
    expect(registries.state('acme')).to.equal('unbuilt');
    expect(registries.stats().misses).to.equal(0);
  });

  it('freezes a copy of the settings: later changes by the caller have no effect', () => {
    const settings = {host: 'db-1'};
    registries.configure('acme', settings);
    settings.host = 'db-2';
    expect(registries.settings('acme')).to.deep.equal({host: 'db-1'}).and.be.frozen;
  });

  it('replaces the settings when it is called again before the tenant is built', () => {
    registries.configure('acme', {host: 'db-1', port: 1});
    registries.configure('acme', {host: 'db-2'});
    expect(registries.settings('acme')).to.deep.equal({host: 'db-2'});
  });

  it('is an error that says what to do while the tenant is built', () => {
    registries.for('acme');
    expect(() => registries.configure('acme', {}))
      .to.throw(/registries\.reload\("acme", \{settings\}\)/)
      .with.property('code', 'TENANT_BUILT');
  });

  const evictions: Record<string, () => unknown> = {
    evict: () => registries.evict('acme'),
    reload: () => registries.reload('acme'),
    shed: () => registries.shed(1),
  };
  for (const [verb, evict] of Object.entries(evictions)) {
    it(`is possible again after ${verb}, whatever user code keeps alive`, async () => {
      const kept = registries.for('acme');
      registries.configure('other', {host: 'db-1'});
      await evict();
      registries.configure('acme', {host: 'db-2'});
      expect(registries.settings('acme')).to.deep.equal({host: 'db-2'});
      expect(kept.tenant).to.equal('acme');
    });
  }

  it('is possible while work in flight uses a generation that was let go by hand, and not while it uses one that comes back', () => {
    registries = new TenantRegistries({max: 1});
    const lease = registries.acquire('acme');
    registries.for('other');
    expect(codeOf(() => registries.configure('acme', {}))).to.equal('TENANT_BUILT');
    registries.evict('acme');
    registries.configure('acme', {host: 'db-2'});
    lease.release();
    expect(registries.settings('acme')).to.deep.equal({host: 'db-2'});
  });

  it('keeps the settings over evictions, reloads and suspensions', async () => {
    registries.configure('acme', {host: 'db-1'});
    registries.for('acme');
    registries.evict('acme');
    await registries.reload('acme');
    await registries.suspend('acme');
    registries.resume('acme');
    expect(registries.settings('acme')).to.deep.equal({host: 'db-1'});
  });

  it('keeps the settings to the end of an offboarding; a reinstated tenant has none', async () => {
    registries.configure('acme', {host: 'db-1'});
    const running = registries.offboard('acme');
    expect(registries.settings('acme')).to.deep.equal({host: 'db-1'});
    expect(codeOf(() => registries.configure('acme', {}))).to.equal('TENANT_OFFBOARDED');
    await running;
    expect(registries.settings('acme')).to.equal(undefined);
    expect(codeOf(() => registries.configure('acme', {}))).to.equal('TENANT_OFFBOARDED');
    registries.reinstate('acme');
    expect(registries.settings('acme')).to.equal(undefined);
    registries.configure('acme', {host: 'db-2'});
    expect(registries.settings('acme')).to.deep.equal({host: 'db-2'});
  });

  it('takes a tenant code and an object, for at most maxTombstones tenants', async () => {
    for (const settings of [undefined, null, 42, 'x']) {
      expect(codeOf(() => registries.configure('acme', settings as never))).to.equal('INVALID_OPTION');
    }
    expect(codeOf(() => registries.configure('', {}))).to.equal('INVALID_TENANT_CODE');
    for (const tenant of ['a', 'b', 'a']) registries.configure(tenant, {});
    expect(codeOf(() => registries.configure('c', {}))).to.equal('TOO_MANY_TENANTS');
    expect(codeOf(() => registries.reload('c', {settings: {}}))).to.equal('TOO_MANY_TENANTS');
    await registries.offboard('a');
    registries.configure('c', {});
    await registries.dispose();
    expect(codeOf(() => registries.configure('d', {}))).to.equal('REGISTRIES_DISPOSED');
  });
});
