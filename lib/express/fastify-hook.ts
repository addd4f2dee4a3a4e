import type {IncomingMessage, ServerResponse} from 'node:http';
import {TenantRequestError} from '../http/request-error';
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
    void requests.admit(request.raw, reply.raw, request).then(
      place => place?.run(done),
      error => done(withoutCode(error) as Error),
    );
  const errors: TenantHook<R>['errors'] = (error, _, reply) => void reply.send(withoutCode(requests.refuse(error, reply.raw)));
  return Object.assign(hook, {errors});
}

/** Fastify sends the code of any error. That of the service's own fault is about another tenant than the client's. */
function withoutCode(error: unknown): unknown {
  if (!(error instanceof TenantRequestError) || error.expose) return error;
  return Object.assign(new Error(error.message, {cause: error}), {statusCode: error.status});
}
