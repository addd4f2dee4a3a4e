import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';

/** A server of databases, as the specs use it. */
export interface DatabaseServer {
  /** What a datasource on one of the databases needs, with a pool of at most four connections. */
  settings(database: string): {connector: any; [name: string]: unknown};
  createDatabase(name: string): Promise<void>;
  /** How many connections of clients a database has. */
  connections(database: string): Promise<number>;
  /** Rows of a statement on one database, past juggler. */
  sql(database: string, statement: string): Promise<any[]>;
}

/**
 * Starts a server for the specs of the suite that calls this, and stops it after them. Where none starts, the specs are skipped with
 * a line that says what they need; in CI they fail.
 */
export function serverOfSuite<T extends {start(): Promise<void>; stop(): Promise<void>}>(
  name: string,
  needs: string,
  server: T,
): T {
  before(async function () {
    // it makes a folder of databases and starts a process
    this.timeout(60_000);
    try {
      await server.start();
    } catch (error) {
      if (process.env.CI) throw error;
      console.warn(`      ${name} specs are skipped: ${String(error)}\n      They need ${needs}.`);
      this.skip();
    }
  });
  after(() => server.stop());
  return server;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const {port} = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
