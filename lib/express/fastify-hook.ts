import type {IncomingHttpHeaders, IncomingMessage, ServerResponse} from 'node:http';
import {TenantRequestError} from '../http/request-error';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';

interface Request {
  readonly raw: IncomingMessage;
}

/** A part of Fastify's request, for a strategy whose parameter has no type of its own. */
interface FastifyRequest extends Request {
  readonly headers: IncomingHttpHeaders;
  /* eslint-disable @typescript-eslint/no-explicit-any -- a route's schema says what they are */
  readonly params: any;
  readonly query: any;
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

interface Reply {
  readonly raw: ServerResponse;
  send(payload: unknown): unknown;
}

/** A Fastify hook, with the error handler that belongs to it. */
export interface TenantHook<R extends Request> {
  (request: R, reply: Reply, done: (error?: Error) => void): void;

  /**
   * An error handler for `fastify.setErrorHandler`. It answers an error of this library with the status and the message
   * that are meant for the client, and passes any other error to Fastify unchanged.
   */
  readonly errors: (error: unknown, request: Request, reply: Reply) => void;
}

/**
 * Makes a Fastify hook that serves each request in its tenant's context, with a lease on the tenant until the response is
 * closed: `fastify.addHook('onRequest', tenantHook({tenant: request => request.params.tenant}))`. A strategy that is a
 * function gets Fastify's request. Fastify chooses the route before it calls hooks, so the strategy `{path}` cannot change
 * the route.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function tenantHook<R extends Request = FastifyRequest>(options: TenantRequestsOptions<R>): TenantHook<R> {
  const requests = new TenantRequests(options);
  const hook = (request: R, reply: Reply, done: (error?: Error) => void) =>
    void requests.admit(request.raw, reply.raw, request).then(
      scope => scope?.run(done),
      error => done(withoutCode(error) as Error),
    );
  const errors: TenantHook<R>['errors'] = (error, _, reply) => void reply.send(withoutCode(requests.refuse(error, reply.raw)));
  return Object.assign(hook, {errors});
}

/**
 * Fastify sends an error's `code` to the client. For the status 500 the code must stay hidden, because it may tell about
 * another tenant: such an error is replaced by one without a code.
 */
function withoutCode(error: unknown): unknown {
  if (!(error instanceof TenantRequestError) || error.expose) return error;
  return Object.assign(new Error(error.message, {cause: error}), {statusCode: error.status});
}
