import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {Agent, request} from 'node:http';
import path from 'node:path';
import type {Way} from './application';

/** An application in a process of its own, and its client. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly agent: Agent,
  ) {}

  static async start(way: Way, connections: number): Promise<Server> {
    const child = fork(path.join(__dirname, 'server-process.js'), [way], {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [port] = (await once(child, 'message')) as [number];
    return new Server(child, port, new Agent({keepAlive: true, maxSockets: connections}));
  }

  /** The bytes of the heap in use after garbage collection. */
  async heap(): Promise<number> {
    this.child.send('heap');
    const [bytes] = (await once(this.child, 'message')) as [number];
    return bytes;
  }

  /** Sends a request of a tenant. Rejects unless the answer is 200. */
  call(tenant: string, url: string, body?: string): Promise<void> {
    const {port, agent} = this;
    const headers = {'x-tenant': tenant, ...(body && {'content-type': 'application/json'})};
    return new Promise((resolve, reject) => {
      const sent = request({host: '127.0.0.1', port, agent, path: url, method: body ? 'POST' : 'GET', headers}, response => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}: ${text}`)),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  stop(): void {
    this.agent.destroy();
    this.child.kill();
  }
}
