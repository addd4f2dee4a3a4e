import {expect} from 'chai';
import {resolveRequestsOptions} from '../../lib/http/tenant-requests-options';

const TENANT = {header: 'X-Tenant'};

describe('The options of a middleware', () => {
  const WRONG: readonly (readonly [options: any, message: RegExp])[] = [
    [undefined, /takes an object of options/],
    [
      {tenant: TENANT, tennant: 1},
      /Unknown option tennant\. .* takes tenant, registries, lookUp, pattern, required, except, lookUpTimeout, unknownTtl, prepare/,
    ],
    [{tenant: TENANT, registries: {}}, /registries must be a TenantRegistries/],
    [{tenant: TENANT, pattern: 'acme'}, /pattern must be a regular expression/],
    [{tenant: TENANT, pattern: /acme/g}, /without the flags g and y/],
    [{tenant: TENANT, required: 'no'}, /required must be true or false/],
    [{tenant: TENANT, except: '/health'}, /except must be a list of paths like '\/health', got '\/health'/],
    [{tenant: TENANT, except: ['health']}, /got \[ 'health' \]/],
    [{tenant: TENANT, except: ['/health?x=1']}, /except must be a list of paths/],
    [{tenant: TENANT, lookUp: {}}, /lookUp must be a function/],
    [{tenant: TENANT, prepare: {}}, /prepare must be a function/],
    [{tenant: TENANT, prepareTimeout: -1}, /prepareTimeout must be a number of milliseconds from 0/],
    [{tenant: TENANT, lookUpTimeout: NaN}, /lookUpTimeout must be a number of milliseconds from 0/],
    [{tenant: TENANT, unknownTtl: -1}, /unknownTtl must be a number of milliseconds from 0/],
    [{tenant: TENANT, unknownTtl: Infinity}, /unknownTtl must be a number of milliseconds from 0/],
    [{tenant: TENANT, retryAfter: Infinity}, /retryAfter must be a number of milliseconds from 0/],
    [{tenant: TENANT, pressure: {}}, /pressure must be a MemoryPressure/],
    [{tenant: TENANT, status: 404}, /status must be an object/],
    [{tenant: TENANT, status: {TENANT_REFUSED: 200}}, /status of TENANT_REFUSED must be a whole number from 400 to 599, got 200/],
    [{tenant: TENANT, status: {TENANT_LOST: 404}}, /Unknown status TENANT_LOST\. .* takes NO_TENANT, INVALID_TENANT_CODE/],
    [{tenant: TENANT, clock: {}}, /clock must have a method now/],
  ];

  for (const [options, message] of WRONG) {
    it(`${JSON.stringify(options)} is an error that says what is wrong`, () => {
      expect(() => resolveRequestsOptions(options))
        .to.throw(message)
        .with.property('code', 'INVALID_OPTION');
    });
  }

  it('that are undefined get their defaults; given statuses replace single defaults', () => {
    const {status, required, lookUpTimeout, unknownTtl, prepareTimeout} = resolveRequestsOptions({
      tenant: TENANT,
      required: undefined,
      unknownTtl: undefined,
      status: {TENANT_REFUSED: 400, NO_TENANT: undefined},
    });
    expect([required, lookUpTimeout, unknownTtl, prepareTimeout]).to.deep.equal([true, 5_000, 5_000, 5_000]);
    expect(status).to.deep.equal({
      NO_TENANT: 400,
      INVALID_TENANT_CODE: 400,
      TENANT_REFUSED: 400,
      TENANT_SUSPENDED: 410,
      TENANT_OFFBOARDED: 410,
      TENANT_UNAVAILABLE: 503,
      DATASOURCE_CLOSED: 503,
      REGISTRIES_DISPOSED: 503,
    });
  });
});
