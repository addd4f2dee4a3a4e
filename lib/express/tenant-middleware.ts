import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {isUnreportedFailure} from '../http/failures';
import {TenantRequestError} from '../http/request-error';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';
import {warn} from '../lifecycle/warning';

type Next = (error?: unknown) => void;

/** A middleware for Express, connect and similar routers, with the error handler and the listener that belong to it. */
export interface TenantMiddleware<Request extends IncomingMessage = IncomingMessage> {
  (request: Request, response: ServerResponse, next: Next): Promise<void>;

  /**
   * An error handler that must be mounted after the routes and before the application's own error handler. It passes an
   * error of this library on as a `TenantRequestError`, with the status and the message that are meant for the client. It
   * passes any other error on unchanged.
   */
  readonly errors: (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void;

  /**
   * Wraps a request listener of plain `node:http`, so that each request is served in its tenant's context. A refused
   * request, and an error of this library that `listener` throws, are answered with JSON. So is a failure of the application's
   * functions `tenant` (500), `lookUp` and `prepare` (503), of which a process warning tells as well. Any other error of
   * `listener` becomes an unhandled rejection.
   */
  listener(listener: (request: IncomingMessage, response: ServerResponse) => unknown): RequestListener;
}

/**
 * Makes a middleware that serves each request in its tenant's context, with a lease on the tenant until the response is
 * closed. A refused request goes to the error handlers as a `TenantRequestError`.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function tenantMiddleware<Request extends IncomingMessage = IncomingMessage>(
  options: TenantRequestsOptions<Request>,
): TenantMiddleware<Request> {
  const requests = new TenantRequests(options);

  async function middleware(request: Request, response: ServerResponse, next: Next): Promise<void> {
    let scope;
    try {
      scope = await requests.admit(request, response);
    } catch (error) {
      return next(error);
    }
    // Outside the `try`: an error that `next` throws is not a refusal.
    scope?.run(next);
  }

  const errors: TenantMiddleware['errors'] = (error, _request, response, next) => next(requests.refuse(error, response));

  const listener: TenantMiddleware['listener'] = serve =>
    async function (request, response) {
      let scope;
      try {
        scope = await requests.admit(request, response);
      } catch (error) {
        return refuse(error, response);
      }
      try {
        await scope?.run(() => serve(request, response));
      } catch (error) {
        const refusal = requests.refuse(error, response);
        if (!(refusal instanceof TenantRequestError)) throw error;
        send(refusal.status, refusal, response);
      }
    };

  return Object.assign(middleware, {errors, listener});
}

/** Answers a request that was not admitted. There is no error handler that would tell of what the application's functions throw. */
function refuse(error: unknown, response: ServerResponse): void {
  if (!(error instanceof TenantRequestError)) {
    warn("The option 'tenant' failed", error);
    return send(500, SERVER_FAULT, response);
  }
  if (isUnreportedFailure(error.cause)) warn('A tenant cannot be served', error.cause);
  send(error.status, error, response);
}

const SERVER_FAULT = {error: {statusCode: 500, message: 'Internal Server Error'}};

function send(status: number, body: object, response: ServerResponse): void {
  // Part of a response has been sent. Ending it normally would make the client take it for a complete one.
  if (response.headersSent) return void response.destroy();
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body));
}
