import {expect} from 'chai';
import * as library from '../lib/index';
import * as errors from '../lib/scoped-registry/errors';

interface Row {
  readonly error: () => library.ScopedRegistryError;
  readonly code: library.ErrorCode;
  readonly tenant?: string;
  /** What the message tells the user to do next. */
  readonly next: RegExp;
  /** What else it shows. */
  readonly facts?: readonly string[];
}

const TABLE: Record<string, Row> = {
  InvalidOptionError: {
    error: () => thrown(() => new library.TenantRegistries({max: 0})),
    code: 'INVALID_OPTION',
    next: /max must be a whole number from 1/,
  },
  InvalidTenantCodeError: {
    error: () => thrown(() => new library.TenantRegistries().for('')),
    code: 'INVALID_TENANT_CODE',
    next: /must not be empty/,
  },
  NoTenantError: {
    error: () => thrown(() => library.TenantContext.require()),
    code: 'NO_TENANT',
    next: /Do it within TenantContext\.run\(tenant, …\)/,
  },
  TenantRefusedError: {
    error: () => thrown(() => new library.TenantRegistries({isTenant: () => false}).for('ac"me')),
    code: 'TENANT_REFUSED',
    tenant: 'ac"me',
    next: /"ac\\"me".*let isTenant accept it/,
  },
  TenantSuspendedError: {
    error: () => {
      const registries = new library.TenantRegistries();
      void registries.suspend('ac"me');
      return thrown(() => registries.for('ac"me'));
    },
    code: 'TENANT_SUSPENDED',
    tenant: 'ac"me',
    next: /Turn the caller away, or call registries\.resume\("ac\\"me"\)/,
  },
  TenantNotSuspendedError: {
    error: () => thrown(() => void new library.TenantRegistries().offboard('acme', {onlySuspended: true})),
    code: 'TENANT_NOT_SUSPENDED',
    tenant: 'acme',
    next: /Call registries\.suspend\("acme"\) first/,
  },
  TenantNotFoundError: {
    error: () => thrown(() => void new library.TenantRegistries().offboard('Acme', {mustExist: true})),
    code: 'TENANT_NOT_FOUND',
    tenant: 'Acme',
    next: /Check the code: letter case counts/,
  },
  TenantBuiltError: {
    error: () => {
      const registries = new library.TenantRegistries();
      registries.for('acme');
      return thrown(() => registries.configure('acme', {}));
    },
    code: 'TENANT_BUILT',
    tenant: 'acme',
    next: /Call registries\.reload\("acme", \{settings\}\)/,
  },
  TooManyTenantsError: {
    error: () => {
      const registries = new library.TenantRegistries({maxTombstones: 1});
      registries.configure('acme', {});
      return thrown(() => registries.configure('globex', {}));
    },
    code: 'TOO_MANY_TENANTS',
    tenant: 'globex',
    next: /Raise maxTombstones/,
  },
  StructureTooDeepError: {
    error: () => {
      const registry = new library.ModelRegistry({maxDepth: 2});
      return thrown(() => new library.ModelBuilder({registry}).define('Customer', {address: {geo: {lat: Number}}}));
    },
    code: 'STRUCTURE_TOO_DEEP',
    next: /more than 2 levels.*Refuse the document, or raise maxDepth/,
  },
  ContextEndedError: {
    error: () => {
      const context = library.TenantContext.run('acme', () => library.TenantContext.current!);
      return thrown(() => context.set('key', 1));
    },
    code: 'CONTEXT_ENDED',
    tenant: 'acme',
    next: /within a TenantContext\.run of its own/,
  },
  TenantOffboardedError: {
    error: () => {
      const registries = new library.TenantRegistries();
      void registries.offboard('ac"me');
      return thrown(() => registries.for('ac"me'));
    },
    code: 'TENANT_OFFBOARDED',
    tenant: 'ac"me',
    next: /registries\.reinstate\("ac\\"me"\)/,
  },
  TenantUnavailableError: {
    error: () => new library.TenantUnavailableError('ac"me', Object.assign(new Error(''), {code: 'ECONNREFUSED'})),
    code: 'TENANT_UNAVAILABLE',
    tenant: 'ac"me',
    next: /"ac\\"me".*: ECONNREFUSED\. Check its settings.*the next call tries anew/,
    facts: ['retryAfter'],
  },
  TwoCopiesError: {
    error: () => new library.TwoCopiesError('They meet', {version: '1.0.0', folder: '/a'}, {version: '2.0.0', folder: '/b'}),
    code: 'TWO_COPIES',
    next: /They meet\..*1\.0\.0 in \/a, and 2\.0\.0 in \/b\..*npm ls loopback-scoped-registry.*npm dedupe/,
    facts: ['copies'],
  },
  TenantMismatchError: {
    error: () => new library.TenantMismatchError('This Customer', 'ac"me', 'globex'),
    code: 'TENANT_MISMATCH',
    tenant: 'ac"me',
    next: /This Customer.*"globex" is running.*within TenantContext\.run\("ac\\"me", …\)/,
    facts: ['running'],
  },
  DataSourceClosedError: {
    error: () => new library.DataSourceClosedError('ac"me'),
    code: 'DATASOURCE_CLOSED',
    tenant: 'ac"me',
    next: /ask for the current one by get\("ac\\"me"\)/,
  },
  RegistryDisposedError: {
    error: () => {
      const registry = new library.ModelRegistry({tenant: 'acme'});
      registry.dispose();
      return thrown(() => registry.findByName('Customer'));
    },
    code: 'REGISTRY_DISPOSED',
    tenant: 'acme',
    next: /registries\.for\("acme"\).*define its models anew/,
  },
  RegistriesDisposedError: {
    error: () => {
      const registries = new library.TenantRegistries();
      void registries.dispose();
      return thrown(() => registries.for('acme'));
    },
    code: 'REGISTRIES_DISPOSED',
    next: /a new one/,
  },
  ConnectorSharedError: {
    error: () => new library.ConnectorSharedError('memory'),
    code: 'CONNECTOR_SHARED',
    next: /"memory".*Give each datasource a connector of its own/,
  },
  UnsupportedJugglerError: {
    error: () => thrown(() => library.forJuggler({} as never)),
    code: 'UNSUPPORTED_JUGGLER',
    next: /Pass the exports of a loopback-datasource-juggler/,
  },
  BindingOrderError: {
    error: () => new library.BindingOrderError('tenants.registries', 'Bind it before.'),
    code: 'BINDING_ORDER',
    next: /"tenants\.registries".*Bind it before\./,
  },
  AlreadyInstalledError: {
    error: () => new library.AlreadyInstalledError(),
    code: 'ALREADY_INSTALLED',
    next: /Call the function that it returned/,
  },
};

const CLASSES = Object.keys(TABLE) as (keyof typeof errors)[];

describe('Errors', () => {
  it('are all in this table, and all exported from the entry', () => {
    const isError = (value: unknown) => typeof value === 'function' && value.prototype instanceof Error;
    const names = (exported: object) =>
      Object.entries(exported)
        .filter(([, value]) => isError(value))
        .map(([name]) => name);
    expect(names(errors)).to.have.members(['ScopedRegistryError', ...CLASSES]);
    expect(names(library)).to.have.members(names(errors));
  });

  it('have a code each', () => {
    const codes = Object.values(TABLE).map(({code}) => code);
    expect(new Set(codes).size).to.equal(codes.length);
  });

  for (const [name, {error: make, code, tenant, next, facts = []}] of Object.entries(TABLE)) {
    describe(name, () => {
      const error = make();

      it(`has its name, the code ${code}${tenant === undefined ? '' : ', the tenant'} and a stack`, () => {
        expect(error.name).to.equal(name);
        expect(error.code).to.equal(code);
        if (tenant === undefined) expect(error).not.to.have.property('tenant');
        else expect(error.tenant).to.equal(tenant);
        expect(error.stack)
          .to.match(new RegExp(`^${name}: `))
          .and.include('errors.spec');
        expect(Object.prototype.toString.call(error)).to.equal('[object Error]');
      });

      it('says what to do next, in whole sentences', () => {
        expect(error.message).to.match(next);
        expect(error.message).to.match(/^\S.*\.$/);
      });

      it('is an instance of its class, of ScopedRegistryError and of Error, and of no other', () => {
        const matching = [...CLASSES, 'ScopedRegistryError' as const].filter(
          other => error instanceof (errors[other] as Function as never),
        );
        expect(matching).to.have.members([name, 'ScopedRegistryError']);
        expect(error).to.be.instanceOf(Error);
      });

      it('shows neither brand nor tenant’s classes in JSON', () => {
        expect(Object.keys(JSON.parse(JSON.stringify(error)))).to.have.members(
          tenant === undefined ? ['name', 'code', ...facts] : ['name', 'code', 'tenant', ...facts],
        );
      });
    });
  }

  it('carry the cause that they are given', () => {
    const cause = new Error('why');
    expect(new library.ScopedRegistryError('INVALID_OPTION', 'Message.', {cause})).to.have.property('cause', cause);
    expect(new library.ScopedRegistryError('INVALID_OPTION', 'Message.')).not.to.have.property('cause');
  });

  it('are recognised by a subclass of the user’s, and the user’s class is not recognised in others', () => {
    class Mine extends library.TenantRefusedError {}
    expect(new Mine('acme')).to.be.instanceOf(Mine);
    expect(new Mine('acme')).to.be.instanceOf(library.ScopedRegistryError);
    expect(new Mine('acme')).to.be.instanceOf(library.TenantRefusedError);
    expect(new library.TenantRefusedError('acme')).not.to.be.instanceOf(Mine);
  });

  it('are not mistaken for values of other kinds', () => {
    for (const value of [
      undefined,
      null,
      1,
      'TENANT_REFUSED',
      {},
      new Error(),
      {code: 'TENANT_REFUSED', name: 'TenantRefusedError'},
      () => 1,
    ]) {
      expect(value instanceof library.ScopedRegistryError).to.equal(false);
      expect(value instanceof library.TenantRefusedError).to.equal(false);
    }
  });

  describe('of one copy of the library are recognised by another', () => {
    const file = require.resolve('../lib/scoped-registry/errors');
    const first = require.cache[file];
    delete require.cache[file];
    const copy = require(file) as typeof errors;
    require.cache[file] = first;

    for (const [name, {error}] of Object.entries(TABLE)) {
      it(name, () => {
        const TheirClass = copy[name as keyof typeof errors] as Function as new () => Error;
        expect(TheirClass).not.to.equal(errors[name as keyof typeof errors]);
        expect(error()).to.be.instanceOf(TheirClass);
        expect(error()).to.be.instanceOf(copy.ScopedRegistryError);
        for (const other of CLASSES.filter(other => other !== name)) {
          expect(error() instanceof (copy[other] as Function as new () => Error), other).to.equal(false);
        }
      });
    }
  });
});

function thrown(work: () => unknown): library.ScopedRegistryError {
  try {
    work();
  } catch (error) {
    return error as library.ScopedRegistryError;
  }
  throw new Error('Nothing was thrown.');
}
