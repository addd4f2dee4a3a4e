import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import type * as Library from '../lib/index';

const ROOT = path.resolve(__dirname, '../..');
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/** What users can import. A name here is a promise: taking one away is a new major. */
const EXPORTS = [
  // the public contract
  'TenantRegistries',
  'ModelRegistry',
  'ModelBuilder',
  'DataSource',
  'TenantContext',
  'MemoryPressure',
  'TenantDataSources',
  'install',
  'forJuggler',
  // errors
  'ScopedRegistryError',
  'InvalidOptionError',
  'InvalidTenantCodeError',
  'NoTenantError',
  'TenantRefusedError',
  'TenantOffboardedError',
  'TenantUnavailableError',
  'TenantMismatchError',
  'DataSourceClosedError',
  'RegistryDisposedError',
  'RegistriesDisposedError',
  'ConnectorSharedError',
  'UnsupportedJugglerError',
  'AlreadyInstalledError',
  'BindingOrderError',
  'ContextEndedError',
  'TenantBuiltError',
  'TenantNotFoundError',
  'TenantNotSuspendedError',
  'TenantSuspendedError',
  'StructureTooDeepError',
  'TooManyTenantsError',
  'TwoCopiesError',
];

/** The same, of the ways into frameworks. */
const CONTEXT_SYMBOLS = [
  ...['ACCESS_TOKEN', 'CARD_PROFILE', 'IDEMPOTENCY_KEY', 'INSTALLATION', 'LANGUAGE'],
  ...['LOCATION', 'ORIGIN', 'TENANT', 'TIMEZONE', 'USER'],
];

const SUBPATHS: Record<string, readonly string[]> = {
  './compat': [
    ...['ModelRegistry', 'ModelRegistryApi', 'ModelRegistryProxy', 'registryManager', 'TenantIsolationError'],
    ...['arePropertiesEquivalent', 'findEquivalentAnonymousModel', 'ModelBuilder', 'DataSource'],
    ...['Context', 'ContextApi', 'getCurrentTenant', ...CONTEXT_SYMBOLS],
  ],
  './compat/types': CONTEXT_SYMBOLS,
  './express': ['tenantMiddleware', 'tenantHook', 'TenantRequestError'],
  './loopback3': ['install', 'jugglerOf', 'tenantMiddleware', 'TenantRequestError'],
  './loopback4': ['TenantBindings', 'TenantComponent', 'TenantRequestError'],
};

// by the package's own name, as users load it; a variable, for the types are not at hand where dist is not built yet
const NAME: string = manifest.name;

describe('The package', () => {
  const required = require(NAME) as typeof Library;
  let imported: typeof Library;
  before(async () => (imported = await import(NAME)));

  it('exports what is documented and nothing else, to require and to import alike', () => {
    expect(Object.keys(required)).to.have.members(EXPORTS);
    expect(Object.keys(imported).filter(name => name !== 'default' && name !== 'module.exports')).to.have.members(EXPORTS);
  });

  it('is one copy, required or imported: one tenant context, one of each class', () => {
    for (const name of EXPORTS) expect((imported as any)[name], name).to.equal((required as any)[name]);
    imported.TenantContext.run('acme', () => expect(required.TenantContext.tenant).to.equal('acme'));
    const registry = new required.ModelRegistry({tenant: 'acme'});
    expect(new imported.ModelBuilder({registry}).define('Customer').modelName).to.equal('Customer');
  });

  it('uses the application’s own copy of juggler, and is a subclass of it', () => {
    const juggler = require('loopback-datasource-juggler');
    expect(required.ModelBuilder.prototype).to.be.instanceOf(juggler.ModelBuilder);
    expect(required.DataSource.prototype).to.be.instanceOf(juggler.DataSource);
    expect(manifest.peerDependencies).to.have.property('loopback-datasource-juggler');
    expect(manifest.dependencies).not.to.have.property('loopback-datasource-juggler');
  });

  it('hides what is not documented', () => {
    for (const file of ['lib/index', 'dist/index.js', 'dist/scoped-registry/model-registry.js']) {
      expect(() => require(`${NAME}/${file}`), file)
        .to.throw()
        .with.property('code', 'ERR_PACKAGE_PATH_NOT_EXPORTED');
    }
    expect(require(`${NAME}/package.json`)).to.have.property('version', manifest.version);
  });

  for (const [subpath, conditions] of Object.entries<any>(manifest.exports)) {
    if (typeof conditions === 'string') {
      it(`${subpath} is there, and published`, () => expectPublished(conditions));
      continue;
    }
    it(`${subpath} has types of its own for require and for import`, () => {
      for (const condition of ['import', 'require'] as const) {
        const {types, default: file, ...others} = conditions[condition];
        expect(others).to.deep.equal({});
        // TypeScript stops at the first condition that fits
        expect(Object.keys(conditions[condition])).to.deep.equal(['types', 'default']);
        for (const target of [types, file]) expectPublished(target);
        expect(types).to.equal(file.replace(/\.(m?)js$/, '.d.$1ts'));
      }
      expect(conditions.import.default).to.match(/\.mjs$/);
    });

    it(`${subpath} loads both ways, to the same names`, async () => {
      const specifier = NAME + subpath.slice(1);
      const names = Object.keys(await import(specifier)).filter(name => name !== 'default' && name !== 'module.exports');
      expect(names).to.have.members(Object.keys(require(specifier)).filter(name => name !== 'default'));
      expect(names).to.have.members(SUBPATHS[subpath] ?? EXPORTS);
    });
  }

  it('has the types of its subpaths where TypeScript does not read exports, as in what `lb4` generates', () => {
    const types = Object.entries<any>(manifest.exports)
      .filter(([subpath, {require}]) => subpath !== '.' && require)
      .map(([subpath, {require}]) => [subpath.slice(2), [require.types]]);
    expect(manifest.typesVersions).to.deep.equal({'*': Object.fromEntries(types)});
  });

  it('declares in its types every name that it exports', () => {
    const types = readFileSync(path.join(ROOT, manifest.types), 'utf8');
    for (const name of EXPORTS) expect(types).to.match(new RegExp(`\\b${name}\\b`));
  });

  it('names its oldest Node and its command, and the command is executable by node', () => {
    expect(manifest.engines.node).to.equal('>=20.19');
    const command = manifest.bin[NAME];
    expect(command).to.equal('dist/simulate/cli.js');
    expectPublished(`./${command}`);
    expect(statSync(path.join(ROOT, command)).mode & 0o111, 'is executable').to.equal(0o111);
    expect(readFileSync(path.join(ROOT, command), 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/);
  });

  it('needs no framework but the one that is used: all are optional peers, and only /loopback4 loads one', () => {
    const frameworks = {
      // spec/peers runs the specs on the older majors
      '@loopback/core': '>=5 <8',
      '@loopback/repository': '>=6 <9',
      '@loopback/rest': '>=13 <16',
      loopback: '^3.28.0',
    };
    expect(manifest.peerDependencies).to.deep.equal({...frameworks, 'loopback-datasource-juggler': '>=3.36 <8'});
    expect(manifest.peerDependenciesMeta).to.deep.equal(
      Object.fromEntries(Object.keys(frameworks).map(name => [name, {optional: true}])),
    );
    const script = `
      const {Module} = require('node:module');
      const load = Module._load;
      Module._load = (name, ...rest) => {
        if (/^(@loopback|loopback|express|fastify|connect)(\\/|$)/.test(name)) throw new Error(name);
        return load(name, ...rest);
      };
      for (const subpath of ${JSON.stringify(Object.keys(manifest.exports))}) {
        try {
          require(${JSON.stringify(NAME)} + subpath.slice(1));
        } catch (error) {
          console.log(subpath, error.message);
        }
      }`;
    expect(execFileSync(process.execPath, ['-e', script], {cwd: ROOT, encoding: 'utf8'})).to.equal(
      './loopback4 @loopback/core\n',
    );
  });

  it('depends at run time on its two caches and on debug: a service that installs it installs no command line', () => {
    expect(Object.keys(manifest.dependencies)).to.have.members(['debug', 'lru-cache', 'weak-lru-cache']);
    expect(manifest).not.to.have.any.keys('optionalDependencies', 'bundleDependencies', 'bundledDependencies');
  });
});

describe('What ends can be left to `using`', () => {
  const {ModelRegistry, TenantRegistries} = require(NAME) as typeof Library;

  it('a registry, by Symbol.dispose', () => {
    const registry = new ModelRegistry({tenant: 'acme'});
    registry[Symbol.dispose]();
    expect(registry.disposed).to.equal(true);
    registry[Symbol.dispose]();
    expect(() => registry.findByName('Customer'))
      .to.throw()
      .with.property('code', 'REGISTRY_DISPOSED');
  });

  it('a registry, by `using`, also where the block throws', () => {
    let seen: Library.ModelRegistry | undefined;
    expect(() => {
      using registry = new ModelRegistry({tenant: 'acme'});
      seen = registry;
      throw new Error('from the block');
    }).to.throw('from the block');
    expect(seen?.disposed).to.equal(true);
  });

  it('all registries, by Symbol.asyncDispose', async () => {
    const registries = new TenantRegistries();
    const registry = registries.for('acme');
    await registries[Symbol.asyncDispose]();
    await registries[Symbol.asyncDispose]();
    expect(registry.disposed).to.equal(true);
    expect(registries.shared.disposed).to.equal(true);
    expect(() => registries.for('acme'))
      .to.throw()
      .with.property('code', 'REGISTRIES_DISPOSED');
  });

  it('all registries, by `await using`', async () => {
    let seen: Library.ModelRegistry | undefined;
    {
      await using registries = new TenantRegistries();
      seen = registries.for('acme');
      expect(seen.disposed).to.equal(false);
    }
    expect(seen.disposed).to.equal(true);
  });
});

/** There, and within what npm publishes. */
function expectPublished(target: string): void {
  expect(existsSync(path.join(ROOT, target)), `${target} exists`).to.equal(true);
  const published = ['package.json', ...manifest.files].some(file => target === `./${file}` || target.startsWith(`./${file}/`));
  expect(published, `${target} is published`).to.equal(true);
}
