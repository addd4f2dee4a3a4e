import {expect} from 'chai';
import * as errors from '../lib/scoped-registry/errors';

const table: Record<string, [code: string, error: errors.ScopedRegistryError, tenant?: string]> = {
  InvalidOptionError: ['INVALID_OPTION', new errors.InvalidOptionError('max must be …')],
  InvalidTenantCodeError: ['INVALID_TENANT_CODE', new errors.InvalidTenantCodeError('A tenant code …')],
  TenantRefusedError: ['TENANT_REFUSED', new errors.TenantRefusedError('acme'), 'acme'],
  TenantOffboardedError: ['TENANT_OFFBOARDED', new errors.TenantOffboardedError('acme'), 'acme'],
  RegistryDisposedError: ['REGISTRY_DISPOSED', new errors.RegistryDisposedError('acme'), 'acme'],
  RegistriesDisposedError: ['REGISTRIES_DISPOSED', new errors.RegistriesDisposedError()],
  ConnectorSharedError: ['CONNECTOR_SHARED', new errors.ConnectorSharedError('memory')],
  UnsupportedJugglerError: ['UNSUPPORTED_JUGGLER', new errors.UnsupportedJugglerError('…')],
  AlreadyInstalledError: ['ALREADY_INSTALLED', new errors.AlreadyInstalledError()],
};

describe('Errors', () => {
  it('are all in the table', () => {
    expect(Object.keys(errors).filter(name => name !== 'ScopedRegistryError')).to.have.members(Object.keys(table));
  });

  for (const [name, [code, error, tenant]] of Object.entries(table)) {
    it(`${name} has the code ${code}`, () => {
      expect(error).to.be.instanceOf(Error).and.instanceOf(errors.ScopedRegistryError);
      expect([error.name, error.code, error.tenant]).to.deep.equal([name, code, tenant]);
      expect(error.message).not.to.equal('');
      if (tenant) expect(error.message).to.contain('"acme"');
      expect(String(error.stack)).to.contain(name);
    });
  }

  it('are told apart, also across two copies of the library', () => {
    const file = require.resolve('../lib/scoped-registry/errors');
    const cached = require.cache[file];
    delete require.cache[file];
    const copy = require(file) as typeof errors;
    require.cache[file] = cached;
    const error = new copy.TenantOffboardedError('acme');
    expect(copy.TenantOffboardedError).not.to.equal(errors.TenantOffboardedError);
    expect(error instanceof errors.TenantOffboardedError).to.equal(true);
    expect(error instanceof errors.ScopedRegistryError).to.equal(true);
    expect(error instanceof errors.TenantRefusedError).to.equal(false);
    expect((null as unknown) instanceof errors.ScopedRegistryError).to.equal(false);
  });
});
