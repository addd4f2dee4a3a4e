import {execFile} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {errorText, labelOf} from '../../lib/scoped-registry/debug-log';

const ROOT = path.resolve(__dirname, '../../..');

describe('The debug log', () => {
  /** Returns what a process writes to stderr that has one event for each namespace. */
  const stderrOf = async (DEBUG: string | undefined) => {
    const script = `
      const {ModelBuilder, DataSource, ModelRegistry} = require('./dist/index.js');
      const registry = new ModelRegistry({tenant: 'acme'});
      new ModelBuilder({registry}).define('Customer', {name: null});
      const db = new DataSource({name: 'db', connector: 'memory', lazyConnect: true, modelRegistry: {registry}});
      setImmediate(() => {
        registry.dispose();
        db.emit('error', new Error('no such host'));
      });`;
    // undefined: not set
    const options = {cwd: ROOT, env: {...process.env, DEBUG_HIDE_DATE: 'yes', DEBUG}};
    const {stdout, stderr} = await promisify(execFile)(process.execPath, ['-e', script], options);
    expect(stdout).to.equal('');
    return stderr;
  };
  const DEFINE = `loopback-scoped-registry:define tenant "acme", model "Customer": juggler's define, because property "name" is switched off\n`;
  const DATASOURCE = `loopback-scoped-registry:datasource tenant "acme", datasource "db": emitted 'error': no such host\n`;

  it('is empty if DEBUG is not set, is empty or names other namespaces', async () => {
    for (const value of [undefined, '', 'express:*']) expect(await stderrOf(value), String(value)).to.equal('');
  });

  it('appears in no type declaration, so that a user needs no @types/debug', () => {
    const dist = path.join(ROOT, 'dist');
    const types = readdirSync(dist, {recursive: true, encoding: 'utf8'}).filter(file => /\.d\.m?ts$/.test(file));
    expect(types).to.include(path.join('scoped-registry', 'debug-log.d.ts'));
    const users = types.filter(file => /['"]debug['"]/.test(readFileSync(path.join(dist, file), 'utf8')));
    expect(users).to.deep.equal([]);
  });

  it('contains the namespaces that DEBUG names, on stderr', async () => {
    expect(await stderrOf('loopback-scoped-registry:*')).to.equal(DEFINE + DATASOURCE);
    expect(await stderrOf('loopback-scoped-registry:define')).to.equal(DEFINE);
    expect(await stderrOf('loopback-scoped-registry:datasource')).to.equal(DATASOURCE);
  });
});

describe('The debug log shows of an error', () => {
  const throwing = (property: string) =>
    Object.defineProperty(new Error('x'), property, {
      get() {
        throw new Error('no');
      },
    });
  const revoked = () => {
    const {proxy, revoke} = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };

  const TEXTS: readonly [what: string, error: unknown, text: string][] = [
    ['its message', new Error('no such host'), 'no such host'],
    ['its message and its code', Object.assign(new Error('refused'), {code: 'ECONNREFUSED'}), 'refused (ECONNREFUSED)'],
    ['its code if the message is empty', Object.assign(new AggregateError([]), {code: 'ECONNREFUSED'}), 'ECONNREFUSED'],
    ['a string that was thrown', 'no such host', 'no such host'],
    [
      'nothing of an object without a message, which may be settings',
      {host: 'db', password: 'geheim'},
      'an error without a message',
    ],
    ['a text of its own for undefined', undefined, 'an error without a message'],
    ['a text of its own for null', null, 'an error without a message'],
    ['a text of its own for a symbol', Symbol('x'), 'an error without a message'],
    ['its message if the name is a symbol', Object.assign(new Error('x'), {name: Symbol('n')}), 'x'],
    ['no message or code that is a symbol', {message: Symbol('m'), code: Symbol('c')}, 'an error without a message'],
    ['that it cannot be printed if its message throws', throwing('message'), 'an error that cannot be printed'],
    ['that it cannot be printed if its code throws', throwing('code'), 'an error that cannot be printed'],
    ['that it cannot be printed if it is a revoked proxy', revoked(), 'an error that cannot be printed'],
    ['several lines as one', new Error('first\n\tsecond\u001b[31m\r\nthird'), 'first second [31m third'],
    ['the beginning of a very long message', new Error('x'.repeat(1_000_000)), 'x'.repeat(1_000)],
  ];
  for (const [what, error, text] of TEXTS) it(what, () => expect(errorText(error)).to.equal(text));

  const SECRETS: readonly [message: string, text: string][] = [
    ['cannot reach mongodb://shop:geheim@db:27017/shop', 'cannot reach ***@db:27017/shop'],
    ['cannot reach mongodb://shop:ge@he/im@db1,db2/shop.', 'cannot reach ***@db1,db2/shop.'],
    ['getaddrinfo ENOTFOUND shop:geheim@db', 'getaddrinfo ENOTFOUND ***@db'],
    ['bad string Server=db;Password=geheim;User=shop', 'bad string Server=db;Password=***;User=shop'],
    ["bad string host=db password='ge heim' user=shop", 'bad string host=db password=*** user=shop'],
    ['GET https://vault/acme?api_key=geheim&page=2 failed', 'GET https://vault/acme?api_key=***&page=2 failed'],
    ['bad settings {"host":"db","password":"geheim"}', 'bad settings {"host":"db","password":***}'],
    ['bad settings {\\"clientSecret\\": \\"geheim\\"}', 'bad settings {\\"clientSecret\\": ***'],
    ['Authorization: Bearer geheim refused', 'Authorization: *** refused'],
  ];
  for (const [message, text] of SECRETS)
    it(`no secret: ${text}`, () => {
      expect(errorText(new Error(message))).to.equal(text);
      expect(errorText(message)).to.equal(text);
    });

  it('a message that only mentions a password', () => {
    for (const message of [
      'password authentication failed for user "shop"',
      "Access denied for user 'shop'@'db' (using password)",
    ])
      expect(errorText(new Error(message))).to.equal(message);
  });

  it('a message that was made to take long, within a second', () => {
    const start = performance.now();
    for (const part of [':', '://', '@:', 'password', 'pass=', 'a', '\\"', ' ']) errorText(part.repeat(1_000_000));
    expect(performance.now() - start).to.be.below(1_000);
  });
});

describe('The beginning of a line in the debug log', () => {
  it('is one line if a name has line breaks, and leaves out what is unknown', () => {
    expect(labelOf('a\nb', 'datasource', 'd"b')).to.equal('tenant "a\\nb", datasource "d\\"b"');
    expect(labelOf(undefined, 'datasource', undefined)).to.equal('datasource');
    expect(labelOf('acme', 'datasource', Symbol('x'))).to.equal('tenant "acme", datasource');
  });
});
