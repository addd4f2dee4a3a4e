import {TenantContext} from './tenant-context';

/** The part of a ServerResponse by which an endless response is ended. */
export interface OpenResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  getHeader(name: string): unknown;
  end(): unknown;
}

const RESPONSE = Symbol('response');

/** Notes the response of the request that the running context serves. The context forgets it when it ends. */
export function setResponseOfContext(response: OpenResponse): void {
  TenantContext.current?.set(RESPONSE, response);
}

/** Returns a function that returns the response of the request that the running context serves, until the context ends. */
export function responseOfContext(): () => OpenResponse | undefined {
  const context = TenantContext.current;
  return () => context?.get(RESPONSE) as OpenResponse | undefined;
}
