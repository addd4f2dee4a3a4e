import type {IncomingMessage} from 'node:http';
import {InvalidOptionError, InvalidTenantCodeError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';

type Code = string | null | undefined;

/**
 * Returns the tenant code of a request, or undefined or null when the request names no tenant. An error that it throws
 * refuses the request.
 */
export type TenantResolver<Request = IncomingMessage> = (request: Request) => Code | Promise<Code>;

/**
 * Says where a request names its tenant:
 * - `{header: 'X-Tenant'}`: in this header.
 * - `{subdomainOf: 'example.com'}`: in the Host header. The code is the part before `.example.com`, in lower case.
 * - `{path: '/t'}`: in the path segment after `/t`. The prefix and the code are removed from the request's `url`, as
 *   Express does for a mounted router: `/t/acme/orders` is routed as `/orders`.
 * - `{query: 'tenant'}`: in this parameter of the query string. A request that has it twice is refused.
 * - a function that returns the code: from a claim of a verified token, a route parameter or a database, for example.
 */
export type TenantStrategy<Request = IncomingMessage> =
  OneOf<'header' | 'subdomainOf' | 'path' | 'query'> | TenantResolver<Request>;

/** An object with exactly one of the names. */
type OneOf<Names extends string> = {
  [Name in Names]: {readonly [Given in Name]: string} & {readonly [Other in Exclude<Names, Name>]?: undefined};
}[Names];

const RESOLVERS: Record<string, (value: string) => TenantResolver> = {
  header: byHeader,
  subdomainOf: bySubdomain,
  path: byPath,
  query: byQuery,
};

/**
 * Makes the function that reads a request's tenant. A strategy that is a function reads the framework's own request, all
 * others read Node's request.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolverOf<Request>(
  strategy: TenantStrategy<Request>,
): (subject: Request, request: IncomingMessage) => ReturnType<TenantResolver> {
  if (typeof strategy === 'function') return subject => strategy(subject);
  const given = Object.entries(Object(strategy) as Record<string, unknown>).filter(([, value]) => value !== undefined);
  const [name, value] = given[0] ?? ['none'];
  if (given.length !== 1 || !Object.hasOwn(RESOLVERS, name) || typeof value !== 'string' || value === '') {
    throw new InvalidOptionError(
      "tenant must be {header: 'X-Tenant'}, {subdomainOf: 'example.com'}, {path: '/t'}, {query: 'tenant'} or a function of the request, " +
        `${got(strategy)}.`,
    );
  }
  const resolve = RESOLVERS[name](value);
  return (_, request) => resolve(request);
}

function byHeader(name: string): TenantResolver {
  const key = name.toLowerCase();
  // Node joins a header that was sent twice with a comma. The default `pattern` refuses a code with a comma.
  return ({headers}) => headers[key] as Code;
}

function bySubdomain(domain: string): TenantResolver {
  const suffix = `.${domain.toLowerCase()}`;
  return ({headers}) => {
    const host = (headers.host ?? (headers[':authority'] as string | undefined) ?? '').toLowerCase().replace(/\.?(:\d*)?$/, '');
    return host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
  };
}

function byQuery(name: string): TenantResolver {
  return ({url = ''}) => {
    const [, query = ''] = url.split('?', 2);
    const codes = new URLSearchParams(query).getAll(name);
    // frameworks disagree on which of two counts, so what was authorized might not be what is served
    if (codes.length > 1) throw new InvalidTenantCodeError(`The query parameter ${name} names more than one tenant.`);
    return codes[0];
  };
}

function byPath(path: string): TenantResolver {
  const prefix = `/${path}/`.replace(/\/+/g, '/');
  return request => {
    const {url = ''} = request;
    if (!url.startsWith(prefix)) return undefined;
    const [code] = /^[^/?#]*/.exec(url.slice(prefix.length))!;
    const rest = url.slice(prefix.length + code.length);
    if (code === '' && !rest.startsWith('/')) return undefined;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    try {
      return decodeURIComponent(code);
    } catch {
      throw new InvalidTenantCodeError('The tenant code in the path is not well encoded.');
    }
  };
}
