import {IncomingMessage, ServerResponse, type Server} from 'node:http';

/** How adapters for serverless platforms make the response of a function, by the part of Node's own that they keep. */
export const ADAPTERS = {
  /** As serverless-http does: the socket is a plain object. Node emits `finish` when all is written to it, and never `close`. */
  'whose socket is a plain object': (request: IncomingMessage, sent: string[]) => {
    const response = new ServerResponse(request);
    const nothing = () => {};
    response.assignSocket({
      _writableState: {},
      writable: true,
      ...{on: nothing, removeListener: nothing, destroy: nothing, cork: nothing, uncork: nothing},
      write(data: unknown, encoding: unknown, callback?: () => void) {
        sent.push(String(data));
        (typeof encoding === 'function' ? encoding : callback)?.();
        return true;
      },
    } as never);
    return response;
  },
  /** It collects what is written, and emits `finish` itself. The methods are its own, because Express changes its prototype. */
  'without a socket': (request: IncomingMessage, sent: string[]) =>
    Object.assign(new ServerResponse(request), {
      write(chunk: unknown) {
        sent.push(String(chunk));
        return true;
      },
      end(this: ServerResponse, chunk?: unknown) {
        if (chunk && typeof chunk !== 'function') this.write(chunk);
        this.emit('finish');
        return this;
      },
    }),
} as const;

/** Has a server's listener serve a request that comes by no connection. */
export function serveWithoutConnection(
  server: Server,
  adapter: keyof typeof ADAPTERS,
  {method = 'GET', path, tenant}: {readonly method?: string; readonly path: string; readonly tenant: string},
): {readonly request: IncomingMessage; readonly response: ServerResponse; readonly sent: string[]} {
  const socket = {remoteAddress: '127.0.0.1', end() {}, destroy() {}};
  const request = new IncomingMessage(socket as never);
  Object.assign(request, {method, url: path, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, complete: true});
  request.headers = {host: 'localhost', 'x-tenant': tenant};
  request.push(null);
  const sent: string[] = [];
  const response = ADAPTERS[adapter](request, sent);
  server.emit('request', request, response);
  return {request, response, sent};
}
