import {expect} from 'chai';

describe('The package', () => {
  const load = (name: string) => import(name) as Promise<Record<string, unknown>>;

  it('is one copy, however it is loaded', async () => {
    const esm = await load('loopback-scoped-registry');
    const cjs = require('loopback-scoped-registry') as Record<string, unknown>;
    expect(Object.keys(esm).sort()).to.deep.equal(Object.keys(cjs).sort());
    for (const name of Object.keys(cjs)) expect(esm[name], name).to.equal(cjs[name]);
  });

  it('exports what is documented, by name', async () => {
    expect(Object.keys(await load('loopback-scoped-registry')).sort()).to.deep.equal([
      'AlreadyInstalledError',
      'ConnectorSharedError',
      'DataSource',
      'InvalidOptionError',
      'InvalidTenantCodeError',
      'ModelBuilder',
      'ModelRegistry',
      'RegistriesDisposedError',
      'RegistryDisposedError',
      'ScopedRegistryError',
      'TenantContext',
      'TenantOffboardedError',
      'TenantRefusedError',
      'TenantRegistries',
      'UnsupportedJugglerError',
      'forJuggler',
      'install',
    ]);
  });
});
