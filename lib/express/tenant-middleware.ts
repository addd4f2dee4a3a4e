import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {TenantRequestError} from '../http/request-error';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';

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
   * request, and an error of this library that `listener` throws, are answered with JSON. Any other error of `listener`
   * becomes an unhandled rejection.
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
      try {
        await (await requests.admit(request, response))?.run(() => serve(request, response));
      } catch (error) {
        const refusal = requests.refuse(error, response);
        if (!(refusal instanceof TenantRequestError)) throw error;
        send(refusal, response);
      }
    };

  return Object.assign(middleware, {errors, listener});
}

function send(refusal: TenantRequestError, response: ServerResponse): void {
  // Part of a response has been sent. Ending it normally would make the client take it for a complete one.
  if (response.headersSent) return void response.destroy();
  response.statusCode = refusal.status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(refusal));
}
