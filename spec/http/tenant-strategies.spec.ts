import type {IncomingMessage} from 'node:http';
import {expect} from 'chai';
import {resolverOf, type TenantStrategy} from '../../lib/http/tenant-strategy';

type Row = readonly [headers: Record<string, string>, url: string, tenant: string | undefined, urlAfter?: string];

const TABLE: readonly (readonly [name: string, strategy: TenantStrategy, rows: readonly Row[]])[] = [
  [
    'a header',
    {header: 'X-Tenant'},
    [
      [{'x-tenant': 'acme'}, '/orders', 'acme'],
      [{'x-tenant': ''}, '/', ''],
      [{}, '/', undefined],
    ],
  ],
  [
    'a subdomain',
    {subdomainOf: 'Example.com'},
    [
      [{host: 'acme.example.com'}, '/', 'acme'],
      [{host: 'ACME.example.COM.:8080'}, '/', 'acme'],
      [{host: 'eu.acme.example.com:80'}, '/', 'eu.acme'],
      [{':authority': 'acme.example.com'}, '/', 'acme'],
      [{host: 'example.com'}, '/', undefined],
      [{host: 'acme.badexample.com'}, '/', undefined],
      [{host: 'acme.example.com.evil.org'}, '/', undefined],
      [{host: '[::1]:3000'}, '/', undefined],
      [{}, '/', undefined],
    ],
  ],
  [
    'the path, from which it removes the prefix and the code',
    {path: '/t'},
    [
      [{}, '/t/acme/orders?x=/y', 'acme', '/orders?x=/y'],
      [{}, '/t/acme', 'acme', '/'],
      [{}, '/t/acme?x=1', 'acme', '/?x=1'],
      [{}, '/t/a%20b/orders', 'a b', '/orders'],
      [{}, '/t/a%2Fb/orders', 'a/b', '/orders'],
      [{}, '/t//orders', '', '/orders'],
      [{}, '/t/', undefined, '/t/'],
      [{}, '/t', undefined, '/t'],
      [{}, '/tea/acme', undefined, '/tea/acme'],
      [{}, '/orders?x=/t/acme', undefined, '/orders?x=/t/acme'],
    ],
  ],
  [
    'the first segment of the path',
    {path: '/'},
    [
      [{}, '/acme/orders', 'acme', '/orders'],
      [{}, '/', undefined, '/'],
    ],
  ],
  [
    'the query string, which it leaves alone',
    {query: 'tenant'},
    [
      [{}, '/orders?tenant=acme', 'acme'],
      [{}, '/orders?x=1&tenant=a%20b&y=2', 'a b'],
      [{}, '/orders?tenant=', ''],
      [{}, '/orders?Tenant=acme', undefined],
      [{}, '/orders?x=tenant', undefined],
      [{}, '/tenant=acme', undefined],
      [{}, '/', undefined],
    ],
  ],
];

describe('A strategy reads the tenant of a request from', () => {
  for (const [name, strategy, rows] of TABLE) {
    describe(name, () => {
      for (const [headers, url, tenant, urlAfter = url] of rows) {
        it(`${JSON.stringify(headers)} ${url} → ${tenant}`, async () => {
          const request = {headers, url} as unknown as IncomingMessage;
          expect(await resolverOf(strategy)(request, request)).to.equal(tenant);
          expect(request.url).to.equal(urlAfter);
        });
      }
    });
  }

  it('the path, unless it is badly encoded: that is an error', () => {
    const request = {headers: {}, url: '/t/%E0%A4/orders'} as IncomingMessage;
    expect(() => resolverOf({path: '/t'})(request, request))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
  });

  it('the query string, unless it names two tenants: that is an error', () => {
    const request = {headers: {}, url: '/orders?tenant=acme&tenant=globex'} as IncomingMessage;
    expect(() => resolverOf({query: 'tenant'})(request, request))
      .to.throw('names more than one tenant')
      .with.property('code', 'INVALID_TENANT_CODE');
  });

  it('a function, which gets the framework’s own request', async () => {
    const subject = {user: {claims: {org: 'acme'}}};
    const read = resolverOf<typeof subject>(async ({user}) => user.claims.org);
    expect(await read(subject, {} as IncomingMessage)).to.equal('acme');
  });

  it('nowhere else: any other option is an error', () => {
    const wrong: unknown[] = [undefined, null, 'acme', {}, {header: ''}, {header: 1}, {cookie: 'x'}, {header: 'a', path: '/'}];
    for (const strategy of wrong) {
      expect(() => resolverOf(strategy as TenantStrategy), JSON.stringify(strategy))
        .to.throw(/tenant must be/)
        .with.property('code', 'INVALID_OPTION');
    }
  });
});
