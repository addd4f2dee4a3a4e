import {EventEmitter} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Lease} from '../lifecycle/context/lease';
import {setImmediate, nextTick} from '../scoped-registry/primitives/timers';

/** By response: each middleware of this library that a request passes finds the same exchange. */
const exchanges = new WeakMap<ServerResponse, Exchange>();

/**
 * A request with its response, and the leases that serve it. They are released when the exchange is over: when the response
 * is finished or closed, when the connection is closed, or when the request is destroyed before it was read to its end,
 * whichever comes first. No single event is enough. A client may send several requests at once: their responses wait in a
 * queue without a socket, and when the client leaves, Node emits nothing on them. Adapters of serverless platforms have no
 * connection, and some emit only `finish`.
 */
export class Exchange {
  readonly #connection: Connection | undefined;
  #leases: Lease[] = [];
  #tenant: string | undefined;
  #over = false;

  /** Returns the exchange of a response, and follows it from the first call on. */
  static of(request: IncomingMessage, response: ServerResponse): Exchange {
    let exchange = exchanges.get(response);
    if (!exchange) exchanges.set(response, (exchange = new Exchange(request, response)));
    return exchange;
  }

  /** Returns the tenant that a response is served for; undefined where no lease was taken. */
  static tenantOf(response: ServerResponse): string | undefined {
    const exchange = exchanges.get(response);
    return exchange && exchange.#tenant;
  }

  private constructor(request: IncomingMessage, response: ServerResponse) {
    const socket = socketOf(request);
    if (response.destroyed || socket?.destroyed) {
      this.#over = true;
      return;
    }
    this.#connection = socket && Connection.of(socket);
    this.#connection?.add(this);
    response.on('finish', () => this.#endSoon());
    response.on('close', () => this.end());
    // A request that was read to its end is closed too, long before its response.
    request.on('close', () => request.readableEnded || this.end());
    // It was ended before these listeners came, and its `finish` may have gone by. A connection still tells of its `close`.
    if (response.writableEnded && !this.#connection) setImmediate(() => this.end());
  }

  /** Whether the response was sent or the client has gone: no event would release a lease any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Releases a lease at the end of this exchange. */
  hold(lease: Lease): void {
    this.#leases.push(lease);
    this.#tenant = lease.tenant;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection?.delete(this);
    for (const lease of this.#leases.splice(0)) lease.release();
  }

  /** As Node does between `finish` and `close`: the listeners of `finish` still run in the request's context. */
  #endSoon(): void {
    nextTick(() => this.end());
  }
}

/**
 * The exchanges of a connection that are not over. A connection that stays open serves thousands of requests: it has one
 * listener for all of them, and none between them.
 */
class Connection {
  static readonly #connections = new WeakMap<EventEmitter, Connection>();
  readonly #exchanges = new Set<Exchange>();
  readonly #endAll = () => {
    for (const exchange of [...this.#exchanges]) exchange.end();
  };

  static of(socket: EventEmitter): Connection {
    let connection = this.#connections.get(socket);
    if (!connection) this.#connections.set(socket, (connection = new Connection(socket)));
    return connection;
  }

  private constructor(private readonly socket: EventEmitter) {}

  add(exchange: Exchange): void {
    if (this.#exchanges.size === 0) this.socket.on('close', this.#endAll);
    this.#exchanges.add(exchange);
  }

  delete(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.socket.removeListener('close', this.#endAll);
  }
}

/** The socket that carries a request. Undefined where an adapter has put a plain object in its place. */
function socketOf({socket}: IncomingMessage): (EventEmitter & {readonly destroyed?: boolean}) | undefined {
  return (socket as unknown) instanceof EventEmitter ? socket : undefined;
}
