import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Lease} from '../lifecycle/context/lease';

type Socket = Pick<IncomingMessage['socket'], 'once' | 'removeListener'>;

const requests = new WeakMap<ServerResponse, RequestLeases>();
/** By socket, the requests that are not over. A pipelining client has several on one socket. */
const requestsOfSocket = new WeakMap<Socket, Set<RequestLeases>>();

/**
 * The leases of one request, one for each middleware of this library that the request passes. They are released by whatever ends the
 * request first:
 * - the response's `close`;
 * - the response's `finish`: adapters of serverless platforms and of tests emit nothing else;
 * - the request's `close`, unless the request has been read to its end: Node emits it then, too, long before the answer;
 * - the socket's `close`: Node never emits `close` on a response that waits behind another one of its connection.
 */
export class RequestLeases {
  readonly #leases: Lease[] = [];
  /** Undefined once the request is over: keep-alive sockets live long. */
  #socket: Socket | undefined;

  private constructor(request: IncomingMessage, response: ServerResponse) {
    const end = () => this.#end();
    response.once('close', end);
    // in a later tick, in which the lease's context still has its values for other listeners of `finish`
    response.once('finish', () => process.nextTick(end));
    request.once('close', () => {
      if (!request.readableEnded) this.#end();
    });
    this.#watchSocket(request.socket);
  }

  /** The leases of a response; undefined where it has none. */
  static of(response: ServerResponse): RequestLeases | undefined {
    return requests.get(response);
  }

  /** Holds a lease until the request is over. */
  static add(lease: Lease, request: IncomingMessage, response: ServerResponse): void {
    let leases = requests.get(response);
    if (!leases) requests.set(response, (leases = new RequestLeases(request, response)));
    leases.#leases.push(lease);
  }

  /** Whether a request is over already, so that no event would release a lease. */
  static isOver(request: IncomingMessage, response: ServerResponse): boolean {
    if (response.destroyed || response.writableFinished) return true;
    const {socket} = request as {socket?: {destroyed?: boolean}};
    return socket?.destroyed === true || (request.destroyed && !request.readableEnded);
  }

  /** The tenant of the innermost middleware. */
  get tenant(): string | undefined {
    return this.#leases.at(-1)?.tenant;
  }

  /** Adds one listener for all requests of the socket, because a client may pipeline any number. */
  #watchSocket(socket: Socket | undefined): void {
    // a serverless adapter may have a plain object in its place
    if (typeof socket?.once !== 'function' || typeof socket.removeListener !== 'function') return;
    this.#socket = socket;
    const others = requestsOfSocket.get(socket);
    if (others) others.add(this);
    else {
      requestsOfSocket.set(socket, new Set([this]));
      socket.once('close', endRequests);
    }
  }

  #end(): void {
    for (const lease of this.#leases) lease.release();
    const socket = this.#socket;
    this.#socket = undefined;
    const others = socket && requestsOfSocket.get(socket);
    if (!others?.delete(this) || others.size > 0) return;
    requestsOfSocket.delete(socket!);
    socket!.removeListener('close', endRequests);
  }

  /** Ends all requests of a socket that has closed. */
  static endAll(leases: Iterable<RequestLeases>): void {
    for (const request of leases) request.#end();
  }
}

/** The `close` listener of all sockets. It refers to no request. */
function endRequests(this: Socket): void {
  RequestLeases.endAll([...(requestsOfSocket.get(this) ?? [])]);
}
