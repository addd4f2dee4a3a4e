import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {TenantRequestError} from '../http/request-error';
import {TenantRequests} from '../http/tenant-requests';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';

type Next = (error?: unknown) => void;

/** A middleware for Express, connect and routers like theirs, with what belongs to it. */
export interface TenantMiddleware<Request extends IncomingMessage = IncomingMessage> {
  (request: Request, response: ServerResponse, next: Next): Promise<void>;

  /**
   * An error handler for after the routes: lets the application's own handler, which comes next, have this library's
   * errors as `TenantRequestError`, with the status and the message for the client. Others it passes on as they are.
   */
  readonly errors: (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void;

  /**
   * For plain `node:http`: a listener that serves each request in its tenant's context, and answers by JSON where it is
   * refused, or where `listener` comes to an error of this library's. Any other error of `listener` is what it is without
   * this: an unhandled rejection.
   */
  listener(listener: (request: IncomingMessage, response: ServerResponse) => unknown): RequestListener;
}

/**
 * Serves each request in its tenant's context, with a lease on the tenant until the response is over. A request that is
 * refused goes to the error handlers as a `TenantRequestError`.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function tenantMiddleware<Request extends IncomingMessage = IncomingMessage>(
  options: TenantRequestsOptions<Request>,
): TenantMiddleware<Request> {
  const requests = new TenantRequests(options);

  async function middleware(request: Request, response: ServerResponse, next: Next): Promise<void> {
    let place;
    try {
      place = await requests.admit(request, response);
    } catch (error) {
      return next(error);
    }
    place?.run(next);
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
  // half an answer must not look like a whole one
  if (response.headersSent) return void response.destroy();
  response.statusCode = refusal.status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(refusal));
}
