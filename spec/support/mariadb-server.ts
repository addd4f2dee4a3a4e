import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {createConnection} from 'mysql2/promise';
import {freePort, serverOfSuite, type DatabaseServer} from './server-of-a-suite';
import {keepingConnector} from './keeping-connector';

const STARTED = /ready for connections/;
// Debian installs the server's programs where only root's PATH leads
const env = {...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`};

/** A real MariaDB server for one spec file, with its data in a folder of its own that goes with it. Its clients need no password. */
export class MariaDBServer implements DatabaseServer {
  readonly host = '127.0.0.1';
  readonly user = 'root';
  readonly password = '';
  port = 0;

  #folder: string | undefined;
  #server: ChildProcess | undefined;

  async start(): Promise<void> {
    this.port = await freePort();
    this.#folder = await mkdtemp(path.join(tmpdir(), 'scoped-registry-mariadb-'));
    const common = ['--no-defaults', `--datadir=${path.join(this.#folder, 'data')}`];
    // the server refuses root unless root is named
    if (process.getuid?.() === 0) common.push('--user=root');
    try {
      await promisify(execFile)('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db'], {
        env,
      });
      await this.#launch([
        ...common,
        `--port=${this.port}`,
        `--bind-address=${this.host}`,
        `--socket=${path.join(this.#folder, 'socket')}`,
        '--max-connections=300',
        '--innodb-flush-log-at-trx-commit=0',
      ]);
    } catch (error) {
      await this.stop();
      throw new Error('MariaDB does not start.', {cause: error});
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const gone = once(server, 'exit');
      server.kill('SIGTERM');
      await gone;
    }
    if (this.#folder) await rm(this.#folder, {recursive: true, force: true});
  }

  settings(database: string): {connector: any; [name: string]: unknown} {
    const {host, port, user, password} = this;
    return {
      connector: keepingConnector(require('loopback-connector-mysql')),
      host,
      port,
      user,
      password,
      database,
      connectionLimit: 4,
      connectTimeout: 4_000,
    };
  }

  async createDatabase(name: string): Promise<void> {
    await this.sql(undefined, `CREATE DATABASE ${name}`);
  }

  async connections(database: string): Promise<number> {
    return (await this.sql(undefined, `SELECT id FROM information_schema.processlist WHERE db = '${database}'`)).length;
  }

  async sql(database: string | undefined, statement: string): Promise<any[]> {
    const {host, port, user, password} = this;
    const client = await createConnection({host, port, user, password, database});
    try {
      return (await client.query(statement))[0] as any[];
    } finally {
      await client.end();
    }
  }

  #launch(options: string[]): Promise<void> {
    const server = spawn('mariadbd', options, {env, stdio: ['ignore', 'ignore', 'pipe']});
    this.#server = server;
    let output = '';
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', () => reject(new Error(`mariadbd ended. ${output}`)));
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        // read to the end of the process, or the server would wait for its reader
        if (output.length < 10_000) output += text;
        if (STARTED.test(output)) resolve();
      });
    });
  }
}

export function mariadbServer(): MariaDBServer {
  return serverOfSuite(
    'MariaDB',
    "the programs of Debian's package mariadb-server (apt-get install mariadb-server)",
    new MariaDBServer(),
  );
}
