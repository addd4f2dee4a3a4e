import {once} from 'node:events';
import {connect, type Socket} from 'node:net';

/** A client that writes what it likes to a connection: requests without waiting for answers, or half of one. */
export class RawClient {
  /** All that the server has sent. */
  received = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    // the server may close the connection first
    socket.on('error', () => {});
  }

  static async connect(port: number, allowHalfOpen = false): Promise<RawClient> {
    const socket = connect({port, host: '127.0.0.1', allowHalfOpen});
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** The number of answers, interim ones included, whose head has arrived. */
  get answers(): number {
    return this.received.split('HTTP/1.1 ').length - 1;
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Sends requests in one go, before any of them is answered. */
  pipeline(path: string, tenants: readonly string[]): void {
    this.write(tenants.map(tenant => head('GET', path, tenant)).join(''));
  }

  /** Tells the server that nothing more will come. With `allowHalfOpen` this client still reads. */
  end(): void {
    this.socket.end();
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** The head of a request in HTTP/1.1. */
export function head(method: string, path: string, tenant: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({Host: 'localhost', 'X-Tenant': tenant, ...headers}).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
