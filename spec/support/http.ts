import {once} from 'node:events';
import {createServer, request as open, type Agent, type IncomingMessage, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';

export interface Call {
  readonly tenant?: string | string[];
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** undefined where it is no JSON */
  readonly body: any;
}

/** A server of a spec's own, on a port of its own. */
export class Service {
  private constructor(readonly server: Server) {}

  static async start(server: Server | RequestListener): Promise<Service> {
    const service = new Service(typeof server === 'function' ? createServer(server) : server);
    if (!service.server.listening) await once(service.server.listen(0, '127.0.0.1'), 'listening');
    return service;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Sends a request, whose answer has begun when this returns. */
  async begin(path: string, call: Call = {}): Promise<IncomingMessage> {
    const [answer] = (await once(this.send(path, call), 'response')) as [IncomingMessage];
    return answer;
  }

  async call(path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.begin(path, call);
    const body = await text(answer);
    return {status: answer.statusCode!, headers: answer.headers, text: body, body: parse(body)};
  }

  send(path: string, {tenant, method, headers, body, agent}: Call) {
    const request = open({
      port: this.port,
      host: '127.0.0.1',
      path,
      agent: agent ?? false,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(tenant === undefined ? {} : {'X-Tenant': tenant}),
        ...(body === undefined ? {} : {'Content-Type': 'application/json'}),
        ...headers,
      },
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return request;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
