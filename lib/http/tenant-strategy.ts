import type {IncomingMessage} from 'node:http';
import {InvalidOptionError, InvalidTenantCodeError} from '../scoped-registry/errors';

type Answer = string | null | undefined;

/** Reads the tenant code of a request; undefined or null where it names none. What it throws refuses the request. */
export type TenantResolver<Request = IncomingMessage> = (request: Request) => Answer | Promise<Answer>;

/**
 * Where a request names its tenant:
 * - `{header: 'X-Tenant'}`;
 * - `{subdomainOf: 'example.com'}`: what stands before that in the Host header, in lower case;
 * - `{path: '/t'}`: the segment after that. Both are taken off the request's `url`, as mounting does, so that
 *   `/t/acme/orders` is routed as `/orders`;
 * - a function, for whatever else: a claim of a verified token, a parameter of the route, a look-up in a database.
 */
export type TenantStrategy<Request = IncomingMessage> =
  | {readonly header: string; readonly subdomainOf?: undefined; readonly path?: undefined}
  | {readonly subdomainOf: string; readonly header?: undefined; readonly path?: undefined}
  | {readonly path: string; readonly header?: undefined; readonly subdomainOf?: undefined}
  | TenantResolver<Request>;

const READERS: Record<string, (place: string) => TenantResolver> = {header: byHeader, subdomainOf: bySubdomain, path: byPath};

/**
 * @returns what reads a request's tenant: of the framework's request by a function, of Node's otherwise
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolverOf<Request>(
  strategy: TenantStrategy<Request>,
): (subject: Request, request: IncomingMessage) => ReturnType<TenantResolver> {
  if (typeof strategy === 'function') return subject => strategy(subject);
  const places = Object.entries(Object(strategy) as Record<string, unknown>).filter(([, place]) => place !== undefined);
  const [name, place] = places[0] ?? ['none'];
  if (places.length !== 1 || !Object.hasOwn(READERS, name) || typeof place !== 'string' || place === '') {
    throw new InvalidOptionError(
      "tenant must be {header: 'X-Tenant'}, {subdomainOf: 'example.com'}, {path: '/t'} or a function of the request.",
    );
  }
  const read = READERS[name](place);
  return (_, request) => read(request);
}

function byHeader(name: string): TenantResolver {
  const key = name.toLowerCase();
  // one that is sent twice comes as one text with a comma, which is no tenant code
  return ({headers}) => headers[key] as Answer;
}

function bySubdomain(domain: string): TenantResolver {
  const suffix = `.${domain.toLowerCase()}`;
  return ({headers}) => {
    const host = (headers.host ?? (headers[':authority'] as string | undefined) ?? '').toLowerCase().replace(/\.?(:\d*)?$/, '');
    return host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
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
