import {ScopedRegistryError, TenantUnavailableError, type ErrorCode} from '../scoped-registry/errors';

/** The status and the message that a client gets for each error code. The messages name no tenant. */
const CLIENT_ANSWERS = {
  NO_TENANT: [400, 'The request names no tenant.'],
  INVALID_TENANT_CODE: [400, 'The request names a malformed tenant.'],
  TENANT_REFUSED: [404, 'There is no such tenant.'],
  TENANT_SUSPENDED: [410, 'The tenant is suspended.'],
  TENANT_OFFBOARDED: [410, 'The tenant has left.'],
  TENANT_UNAVAILABLE: [503, 'The tenant is not available now. Try again later.'],
  DATASOURCE_CLOSED: [503, 'The tenant is not available now. Try again later.'],
  REGISTRIES_DISPOSED: [503, 'The service is shutting down. Try again later.'],
} as const;
const SERVER_FAULT = [500, 'Internal Server Error'] as const;

/** HTTP statuses by error code. */
export type Statuses = {readonly [Code in keyof typeof CLIENT_ANSWERS]?: number};
export const DEFAULT_STATUSES = Object.fromEntries(
  Object.entries(CLIENT_ANSWERS).map(([code, [status]]) => [code, status]),
) as Required<Statuses>;

/**
 * Says why a request is not served, with the properties that the error handlers of Express, Fastify and LoopBack read. Its
 * `cause` is the original error, and it has that error's code. Its message may be sent to a client: it names no tenant and
 * no internals of the service.
 */
export class TenantRequestError extends ScopedRegistryError {
  readonly status: number;
  /** The same as `status`: Fastify and LoopBack read this name. */
  readonly statusCode: number;
  /** Whether an error handler may send the code and the message to the client. False for the status 500. */
  readonly expose: boolean;
  /** `Retry-After` in seconds for the status 503, otherwise empty. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status 500 when the service itself is at fault
   * @param retryAfter milliseconds for `Retry-After`, unless the cause has its own
   */
  constructor(cause: ScopedRegistryError, status: number, retryAfter: number) {
    super(cause.code, messageOf(cause.code, status), {cause});
    this.status = this.statusCode = status;
    this.expose = status !== SERVER_FAULT[0];
    const wait = cause instanceof TenantUnavailableError ? cause.retryAfter : retryAfter;
    this.headers = status === 503 ? {'Retry-After': String(Math.max(1, Math.ceil(wait / 1_000)))} : {};
  }

  /** The body of a response that this library itself sends. It has the shape of LoopBack's error responses. */
  toJSON(): object {
    const {statusCode, code, message} = this;
    return {error: this.expose ? {statusCode, code, message} : {statusCode, message}};
  }
}

function messageOf(code: ErrorCode, status: number): string {
  if (status === SERVER_FAULT[0]) return SERVER_FAULT[1];
  return (CLIENT_ANSWERS as Partial<Record<ErrorCode, readonly [number, string]>>)[code]![1];
}
