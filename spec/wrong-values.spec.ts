import {expect} from 'chai';
import {
  DataSource,
  forJuggler,
  install,
  MemoryPressure,
  ModelBuilder,
  ModelRegistry,
  TenantContext,
  TenantDataSources,
  TenantRegistries,
} from '../lib/index';
import {tenantMiddleware} from '../lib/express';
import {resolveRequestsOptions} from '../lib/http/tenant-requests-options';
import {got} from '../lib/scoped-registry/got';

const juggler = require('loopback-datasource-juggler');

class Money {}
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** Wrong values, and how an error names each: with its type. */
const VALUES: readonly (readonly [value: unknown, named: string])[] = [
  ['5', 'got "5" (a string)'],
  ['x'.repeat(100), `got "${'x'.repeat(60)}…" (a string)`],
  [-5, 'got -5 (a number)'],
  [NaN, 'got NaN (a number)'],
  [5n, 'got 5 (a bigint)'],
  [Symbol('five'), 'got Symbol(five) (a symbol)'],
  [null, 'got null'],
  [[1, 2], 'got an array of 2 items'],
  [{}, 'got an object with no properties'],
  [{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}, 'got an object with the properties a, b, c, d, e, …'],
  [new Money(), 'got an instance of Money'],
  [Promise.resolve(), 'got a promise'],
];

/** Every option and argument with a check, by the function that takes it: what the value is given to. */
function takers(registries: TenantRegistries): Record<string, (value: any) => unknown> {
  const create = () => ({connector: 'memory'});
  const options = (of: (options: object) => unknown, names: readonly string[], given: object = {}) =>
    Object.fromEntries(names.map(name => [name, (value: unknown) => of({...given, [name]: value})]));
  const prefixed = (prefix: string, entries: Record<string, (value: any) => unknown>) =>
    Object.fromEntries(Object.entries(entries).map(([name, take]) => [`${prefix} ${name}`, take]));
  const request = {tenant: {header: 'X-Tenant'}};
  return {
    ...prefixed(
      'TenantRegistries',
      options(
        given => new TenantRegistries(given),
        [
          ...[
            'max',
            'maxModels',
            'idleTtl',
            'lastContextGrace',
            'maxTombstones',
            'maxDepth',
            'clock',
            'currentTenant',
            'isTenant',
          ],
          ...['outside', 'embedded', 'allowCrossTenantUse'],
        ],
      ),
    ),
    ...prefixed(
      'ModelRegistry',
      options(given => new ModelRegistry(given), ['tenant', 'shared', 'embedded', 'maxDepth']),
    ),
    ...prefixed(
      'TenantDataSources',
      options(given => new TenantDataSources(given as never), ['registries', 'create', 'max', 'idleTtl', 'clock'], {
        registries,
        create,
      }),
    ),
    ...prefixed(
      'a middleware',
      options(
        given => resolveRequestsOptions(given as never),
        [
          'registries',
          'pattern',
          'required',
          'lookUp',
          'lookUpTimeout',
          'prepare',
          'prepareTimeout',
          'pressure',
          'retryAfter',
          'status',
          'clock',
        ],
        request,
      ),
    ),
    ...prefixed(
      'MemoryPressure',
      options(given => new MemoryPressure(registries, given), ['high', 'low', 'clock']),
    ),
    'ModelBuilder registry': value => new ModelBuilder({registry: value}),
    'ModelBuilder registries': value => new ModelBuilder({registries: value}),
    'DataSource modelRegistry': value =>
      new DataSource({connector: 'memory', modelRegistry: {registries: value, tenant: 'acme'}}),
    'a strategy': value => tenantMiddleware({tenant: value}),
    'create, what it returns': value => new TenantDataSources({registries, create: () => value}).get('acme'),
    'create, the connector': value => new TenantDataSources({registries, create: () => ({...value}) as never}).get('acme'),
    route: value => new TenantDataSources({registries, create}).route(value),
    'install shared': value => install(juggler, {registries, shared: value}),
    forJuggler: value => forJuggler(value),
    'TenantContext.run': value => TenantContext.run(value, () => 0),
    'TenantContext.bind': value => TenantContext.bind(value),
    'TenantContext.bindEmitter': value => TenantContext.bindEmitter(value),
    onEnd: value => TenantContext.run('acme', () => TenantContext.current!.onEnd(value)),
    for: value => registries.for(value),
    findByStructure: value => registries.shared.findByStructure(value),
    observe: value => registries.observe(value),
    onOffboard: value => registries.onOffboard(value),
    'offboard drainTimeout': value => registries.offboard('nobody', {drainTimeout: value}),
    'offboard verify': value => registries.offboard('nobody', {verify: value}),
    'offboard, the options': value => registries.offboard('nobody', value),
  };
}

describe('An error for a wrong value', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  for (const [value, named] of VALUES) it(`says ${named}`, () => expect(got(value)).to.equal(named));

  it('says so, where the value cannot be read', () => expect(got(revoked.proxy)).to.equal('got a value that cannot be read'));

  for (const [taker, take] of Object.entries(takers(registries)))
    it(`of ${taker} names what it wants and what it got, with its type, and is thrown at once`, () => {
      let refused = 0;
      for (const [value, named] of VALUES) {
        let error: any;
        try {
          take(value);
          continue; // this value is right here
        } catch (thrown) {
          error = thrown;
        }
        refused++;
        expect(error.code, `${named}: ${String(error.stack)}`).to.be.oneOf([
          'INVALID_OPTION',
          'INVALID_TENANT_CODE',
          'UNSUPPORTED_JUGGLER',
        ]);
        if (
          /^(Unknown|A registry is chosen|Give |A tenant code must (not|have)|install takes|create must return (settings with|settings, or)|Pass the)| is none\.$/.test(
            error.message,
          )
        )
          continue;
        expect(error.message, taker).to.include(named);
      }
      expect(refused).to.be.greaterThan(3);
    });
});
