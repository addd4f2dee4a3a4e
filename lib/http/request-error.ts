import {ScopedRegistryError, TenantUnavailableError, type ErrorCode} from '../scoped-registry/errors';

/** What a client is told, by the code of the error: the status, and a message that names nobody. */
const ANSWERS = {
  NO_TENANT: [400, 'The request names no tenant.'],
  INVALID_TENANT_CODE: [400, 'The request names a malformed tenant.'],
  TENANT_REFUSED: [404, 'There is no such tenant.'],
  TENANT_SUSPENDED: [410, 'The tenant is suspended.'],
  TENANT_OFFBOARDED: [410, 'The tenant has left.'],
  TENANT_UNAVAILABLE: [503, 'The tenant is not available now. Try again later.'],
  DATASOURCE_CLOSED: [503, 'The tenant is not available now. Try again later.'],
  REGISTRIES_DISPOSED: [503, 'The service is shutting down. Try again later.'],
} as const;
const FAULT = [500, 'Internal Server Error'] as const;

/** Statuses by the code of the error. */
export type Statuses = {readonly [Code in keyof typeof ANSWERS]?: number};
export const DEFAULT_STATUSES = Object.fromEntries(
  Object.entries(ANSWERS).map(([code, [status]]) => [code, status]),
) as Required<Statuses>;

/**
 * Why a request is not served, as error handlers of Express, Fastify and LoopBack understand it. It has the code of the
 * error that it stands for, which is its `cause`, and is fit to be shown: it names no tenant, and tells operators' affairs
 * to nobody.
 */
export class TenantRequestError extends ScopedRegistryError {
  readonly status: number;
  /** The same, as Fastify and LoopBack call it. */
  readonly statusCode: number;
  /** Whether the message is for the client. */
  readonly expose: boolean;
  /** `Retry-After`, in seconds, where the status is 503. */
  readonly headers: Readonly<Record<string, string>>;

  /** @param status 500 where it is the service's own fault */
  constructor(cause: ScopedRegistryError, status: number, retryAfter: number) {
    super(cause.code, messageOf(cause.code, status), {cause});
    this.status = this.statusCode = status;
    this.expose = status !== FAULT[0];
    const wait = cause instanceof TenantUnavailableError ? cause.retryAfter : retryAfter;
    this.headers = status === 503 ? {'Retry-After': String(Math.max(1, Math.ceil(wait / 1_000)))} : {};
  }

  /** What is sent where nobody else renders it; of the shape of LoopBack's. */
  toJSON(): object {
    const {statusCode, code, message} = this;
    return {error: this.expose ? {statusCode, code, message} : {statusCode, message}};
  }
}

function messageOf(code: ErrorCode, status: number): string {
  return status === FAULT[0] ? FAULT[1] : (ANSWERS as Partial<Record<ErrorCode, readonly [number, string]>>)[code]![1];
}
