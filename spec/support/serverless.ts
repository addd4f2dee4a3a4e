import {once} from 'node:events';
import {IncomingMessage, ServerResponse, type Server} from 'node:http';

const nothing = () => {};

/**
 * Serves a request as adapters of serverless platforms do: request and response have a plain object as their socket, and Node's server,
 * which would emit `close` on the response, knows of neither.
 * @returns the text of the response, headers included
 */
export async function invoke(server: Server, url: string, headers: Record<string, string>): Promise<string> {
  const socket = {
    encrypted: true,
    readable: false,
    remoteAddress: '127.0.0.1',
    address: () => ({port: 443}),
    end: nothing,
    destroy: nothing,
  };
  const request = new IncomingMessage(socket as never);
  Object.assign(request, {
    method: 'GET',
    url,
    headers: {host: 'example.com', ...headers},
    complete: true,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
  });
  request._read = () => request.push(null);
  const response = new ServerResponse(request);
  let text = '';
  const write = (chunk: unknown, encoding: unknown, callback?: () => void) => {
    text += String(chunk);
    (typeof encoding === 'function' ? (encoding as () => void) : callback)?.();
    return true;
  };
  response.assignSocket({
    _writableState: {},
    writable: true,
    on: nothing,
    removeListener: nothing,
    destroy: nothing,
    cork: nothing,
    uncork: nothing,
    write,
  } as never);
  const finished = once(response, 'finish');
  server.emit('request', request, response);
  await finished;
  return text;
}
