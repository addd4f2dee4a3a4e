import type {IncomingMessage, ServerResponse} from 'node:http';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';

interface Request {
  readonly raw: IncomingMessage;
}

interface Reply {
  readonly raw: ServerResponse;
  send(payload: unknown): unknown;
}

/** A hook for Fastify, with what belongs to it. */
export interface TenantHook<R extends Request> {
  (request: R, reply: Reply, done: (error?: Error) => void): void;

  /** For `setErrorHandler`: this library's errors become `TenantRequestError`. */
  readonly errors: (error: unknown, request: Request, reply: Reply) => void;
}

/**
 * The middleware as a hook of Fastify: `fastify.addHook('onRequest', tenantHook({tenant: request => request.params.tenant}))`.
 * A strategy that is a function is given Fastify's request. Fastify has chosen the route by then.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function tenantHook<R extends Request>(options: TenantRequestsOptions<R>): TenantHook<R> {
  const requests = new TenantRequests(options);
  const hook = (request: R, reply: Reply, done: (error?: Error) => void) =>
    void requests.admit(request.raw, reply.raw, request).then(place => place?.run(done), done);
  const errors: TenantHook<R>['errors'] = (error, _, reply) => void reply.send(requests.refuse(error, reply.raw));
  return Object.assign(hook, {errors});
}
