import {spawn, type ChildProcess} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';
import {writeReport} from '../../lib/simulate/html-report';
import {showProgress} from '../../lib/simulate/progress';
import {comparison, survivorsOf, tableOf, terminalTable} from '../../lib/simulate/result-table';
import type {Result} from '../../lib/simulate/simulation';
import {isLong} from '../support/long-form';

const ROOT = path.resolve(__dirname, '../../..');
const CLI = path.join(ROOT, require(path.join(ROOT, 'package.json')).bin['loopback-scoped-registry']);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const DOCUMENT = {id: 1, 'dotted.name': 2, address: {street: 's', geo: {lat: 1, lng: 2}}, items: [{sku: 'x'}]};

const MODEL = {
  name: 'Customer',
  base: 'PersistedModel',
  strict: true,
  options: {validateUpsert: true, mixins: {TimeStamp: true}},
  properties: {name: {type: 'string', required: true}, address: {type: {street: 'string'}}, orders: ['Order']},
  relations: {orders: {type: 'hasMany', model: 'Order', foreignKey: ''}},
  validations: [],
  acls: [],
  methods: {},
};

const VIP = {name: 'AVip', base: 'Customer', properties: {level: 'number'}};

describe('The command `loopback-scoped-registry simulate`', function () {
  // a process, and up to three more which simulate
  this.timeout(60_000);

  let folder: string;
  let input: string;
  let output: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'simulate-'));
    input = path.join(folder, 'input');
    output = path.join(folder, 'report.html');
    await mkdir(input);
  });
  afterEach(() => rm(folder, {recursive: true}));

  const give = (name: string, content: unknown) =>
    writeFile(path.join(input, name), typeof content === 'string' ? content : JSON.stringify(content));

  function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): {child: ChildProcess; ended: Promise<Ended>} {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: folder,
      // coverage of a run of its own is not wanted, nor is what the test runner was told
      env: {...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '', ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', code => resolve({code, stdout, stderr}));
    });
    return {child, ended};
  }

  const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => start(args, env).ended;
  const small = (...more: string[]) => ['simulate', '-t', '2', '-r', '1', '--input', input, '-o', output, ...more];

  async function preload(source: string): Promise<NodeJS.ProcessEnv> {
    const file = path.join(folder, 'preload.js');
    await writeFile(file, source);
    return {NODE_OPTIONS: `--require ${file}`};
  }

  it('explains every flag, its default and the exit codes with --help', async () => {
    const {code, stdout, stderr} = await run(['simulate', '--help']);
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
    for (const flag of [
      '-t, --tenants',
      '-r, --rounds',
      '-i, --implementations',
      '--input',
      '-o, --output',
      '--heap',
      '-h, --help',
    ]) {
      expect(stdout).to.include(flag);
    }
    for (const name of ['stock-shared', 'stock-datasource', 'scoped', 'tenant-registry-report.html'])
      expect(stdout).to.include(name);
    expect(stdout.replace(/\s+/g, ' ')).to.match(/[Ee]xits with 1 .*with 2/);
    expect((await run(['--help'])).stdout).to.match(/simulate/);
  });

  it('prints the table, writes the report and says where it is', async () => {
    await give('order.json', DOCUMENT);
    await give('customer.json', MODEL);
    await give('vip.json', VIP);
    const {code, stdout, stderr} = await run(small());

    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^2 tenants, each with 3 models from .*, defined once\.\n/);
    for (const label of ['stock, one shared ModelBuilder', 'stock, a DataSource per tenant', 'loopback-scoped-registry']) {
      expect(stdout).to.match(new RegExp(`│ ${label} +│`));
    }
    expect(stdout).to.match(/Per tenant, loopback-scoped-registry takes /);
    expect(stdout).to.include(output);
    expect(await readFile(output, 'utf8')).to.match(/^<!doctype html>/);
    expect(await readdir(folder)).to.have.members(['input', 'report.html']);
  });

  it('leaves no class of offboarded tenants: the row of this package has as many classes left as expected', async () => {
    await give('order.json', DOCUMENT);
    const {stdout} = await run(small('-i', 'scoped', '-t', '4', '-r', '3'));
    // itself, address, geo and the items; however often it is defined
    expect(cellsOf(stdout, 'loopback-scoped-registry')).to.include.members(['4', '8']);
    expect(cellsOf(stdout, 'loopback-scoped-registry').filter(cell => cell === '8')).to.have.lengthOf(2);
  });

  it('reports what it leaves out of LoopBack models, and does not fail because of it', async () => {
    await give('customer.json', MODEL);
    await give('vip.json', VIP);
    const {code, stdout, stderr} = await run(small('-i', 'scoped'));
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/Left out, .*: base PersistedModel, mixins, relations\.\n/);
  });

  it('prints plain text, and not many lines, when the output is not a terminal', async () => {
    await give('order.json', DOCUMENT);
    const {stdout, stderr} = await run(small('-t', isLong ? '40' : '4'));
    // eslint-disable-next-line no-control-regex
    expect(stdout + stderr).not.to.match(/[\u001b\r]/);
    expect(stderr.trimEnd().split('\n')).to.have.lengthOf(3);
    for (const line of stderr.trimEnd().split('\n')) expect(line).to.match(/^\S.* 100% \d+s$/);
  });

  it('simulates the implementations that are named, always in the same order', async () => {
    await give('order.json', DOCUMENT);
    const {code, stdout} = await run(small('-i', 'scoped', 'stock-shared'));
    expect(code).to.equal(0);
    expect(stdout).not.to.include('a DataSource per tenant');
    expect(stdout.indexOf('│ stock, one')).to.be.above(0).and.below(stdout.indexOf('│ loopback-scoped'));
  });

  it('writes the report to the current folder by default', async () => {
    await give('order.json', DOCUMENT);
    const {stdout} = await run(['simulate', '-t', '2', '-r', '1', '-i', 'scoped', '--input', 'input']);
    expect(stdout).to.include(path.join(folder, 'tenant-registry-report.html'));
    expect(await readdir(folder)).to.include('tenant-registry-report.html');
  });

  describe('refuses, in one clear line, with exit code 2 and no stack trace,', () => {
    const BAD: Record<string, {args(): string[]; files?: Record<string, unknown>; says: RegExp}> = {
      'an unknown flag': {args: () => small('--bogus'), says: /unknown option '--bogus'/},
      'an unknown command': {args: () => ['stimulate'], says: /unknown command 'stimulate'/},
      'too many arguments': {args: () => small('extra'), says: /too many arguments/},
      'one tenant': {args: () => small('-t', '1'), says: /--tenants .*'1'.*whole number from 2/},
      'half a tenant': {args: () => small('-t', '2.5'), says: /--tenants .*whole number from 2/},
      'no rounds': {args: () => small('-r', '0'), says: /--rounds .*whole number from 1/},
      'rounds that are no number': {args: () => small('-r', 'many'), says: /--rounds .*'many'.*whole number from 1/},
      'a heap that is too small': {args: () => small('--heap', '10'), says: /--heap .*whole number from 64/},
      'an unknown implementation': {args: () => small('-i', 'fork'), says: /'fork'.*stock-shared, stock-datasource, scoped/},
      'a missing input': {
        args: () => small('--input', path.join(input, 'nowhere')),
        says: /nowhere: there is no such file or folder/,
      },
      'an empty folder': {args: () => small(), says: /holds no JSON object.*Give/},
      'invalid JSON': {args: () => small(), files: {'bad.json': '{"a": '}, says: /bad\.json is not JSON: /},
      'a document that is nested too deep': {
        args: () => small(),
        files: {'deep.json': '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000)},
        says: /deep\.json has more than 100 levels of objects and arrays.*Leave the document out, or flatten it/,
      },
      'an output in no folder': {
        args: () => small('-o', path.join(folder, 'nowhere', 'report.html')),
        files: {'order.json': DOCUMENT},
        says: /no folder .*nowhere.*--output/,
      },
      'an output that is a folder': {
        args: () => small('-o', input),
        files: {'order.json': DOCUMENT},
        says: /that is no file.*--output/,
      },
      'a document that juggler makes no model of': {
        args: () => small('-i', 'scoped'),
        files: {'broken.json': {name: 'Broken', properties: {'dotted.name': 'string'}}},
        says: /no model of Broken \(.*broken\.json\): Property names containing dot/,
      },
    };

    for (const [what, {args, files = {}, says}] of Object.entries(BAD)) {
      it(what, async () => {
        for (const [name, content] of Object.entries(files)) await give(name, content);
        const {code, stdout, stderr} = await run(args());
        expect(code).to.equal(2);
        expect(stderr).to.match(says);
        expect(stdout + stderr).not.to.match(/^\s+at .*:\d+/m);
        expect(await readdir(folder)).to.deep.equal(['input']);
      });
    }
  });

  it('asks for --input when the payloads are not installed, and does not need them for other input', async () => {
    await give('order.json', DOCUMENT);
    const env = await preload(`
      const Module = require('node:module');
      const {_resolveFilename} = Module;
      Module._resolveFilename = function (name, ...rest) {
        if (name.startsWith('@octokit/')) throw Object.assign(new Error('Cannot find module ' + name), {code: 'MODULE_NOT_FOUND'});
        return _resolveFilename.call(this, name, ...rest);
      };`);

    const without = await run(['simulate', '-t', '2', '-o', output], env);
    expect(without.code).to.equal(2);
    expect(without.stderr).to.match(
      /^Give --input FILE\.json or --input DIR.*LoopBack model JSON.*@octokit\/webhooks-examples.*not installed/,
    );
    expect(without.stderr).not.to.match(/^\s+at /m);

    expect(await run(small('-i', 'scoped'), env)).to.include({code: 0});
  });

  describe('interrupted', () => {
    const SIMULATING = `if (process.send) process.once('message', () => {
      /* first */
      setImmediate(() => process.stderr.write('simulating'));
    });`;

    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      it(`by ${signal}, leaves an earlier report unchanged, leaves no file or process, and exits with ${expected}`, async () => {
        await give('order.json', DOCUMENT);
        await writeFile(output, 'the earlier report');
        const {child, ended} = start(small('-t', '100000'), await preload(SIMULATING));
        await Promise.race([said(child, 'simulating'), ended]);
        child.kill(signal);
        // it ends when the last process that could write to its output has ended
        const {code, stderr} = await ended;
        expect(code).to.equal(expected);
        expect(stderr).to.match(/Interrupted; no report was written\.\n$/);
        expect(stderr).not.to.match(/^\s+at /m);
        expect(await readdir(folder)).to.have.members(['input', 'preload.js', 'report.html']);
        expect(await readFile(output, 'utf8')).to.equal('the earlier report');
      });
    }

    it('from a terminal, which signals the child process too, still says that it was interrupted', async () => {
      await give('order.json', DOCUMENT);
      // the simulating process sees the signal first
      const env = await preload(SIMULATING.replace('/* first */', `process.kill(process.pid, 'SIGINT');`));
      const {child, ended} = start(small('-t', '100000'), env);
      await Promise.race([said(child, 'simulating'), ended]);
      child.kill('SIGINT');
      expect(await ended).to.include({code: 130});
    });

    it('before the simulation has started, does not start it', async () => {
      await give('order.json', DOCUMENT);
      const {child, ended} = start(small('-t', '100000'));
      child.stdout!.once('data', () => child.kill('SIGINT'));
      expect(await ended).to.include({code: 130});
      expect(await readdir(folder)).to.deep.equal(['input']);
    });
  });

  it('exits with 1 and prints the number when classes of an offboarded tenant have survived', async () => {
    await give('order.json', DOCUMENT);
    // user code that keeps one class of the first tenant
    const env = await preload(`
      if (process.send) {
        const juggler = require(${JSON.stringify(require.resolve('loopback-datasource-juggler', {paths: [ROOT]}))});
        const {define} = juggler.ModelBuilder.prototype;
        juggler.ModelBuilder.prototype.define = function (name, ...rest) {
          const model = define.call(this, name, ...rest);
          if (name === 'order') globalThis.kept ??= model;
          return model;
        };
      }`);
    const {code, stdout, stderr} = await run(small('-i', 'scoped'), env);
    expect(code).to.equal(1);
    expect(stderr).to.match(/\n1 class of offboarded tenants survived\.\n$/);
    // the report is there to look at
    expect(stdout).to.include(output);
    expect(await readdir(folder)).to.include('report.html');
  });

  it('on the webhook payloads, needs at most 720 classes per tenant, and drops all classes of offboarded tenants', async () => {
    const tenants = isLong ? 4 : 2;
    const {code, stdout, stderr} = await run(['simulate', '-t', String(tenants), '-i', 'scoped', '-o', output]);
    expect(code, stderr).to.equal(0);
    const [perTenant, , , left, expected] = cellsOf(stdout, 'loopback-scoped-registry');
    const classes = Number(perTenant.replaceAll(',', ''));
    expect(classes).to.be.above(329).and.at.most(720);
    expect(left).to.equal(expected);
    expect(Number(left.replaceAll(',', ''))).to.equal((tenants / 2) * classes);
  });
});

describe('The result of a simulation', () => {
  const result = (facts: Partial<Result> = {}): Result => ({
    implementation: 'scoped',
    growth: [
      {tenants: 0, classes: 0, heap: 0},
      {tenants: 2, classes: 1_306, heap: 30 * 1_048_576},
    ],
    afterOffboarding: {tenants: 1, classes: 653, heap: 15 * 1_048_576},
    classesPerTenant: 653,
    heapPerTenant: 15.25 * 1_048_576,
    timePerTenant: 428.4,
    classesExpected: 653,
    classesLeft: 653,
    survivors: 0,
    ...facts,
  });
  const stock = (facts: Partial<Result> = {}) =>
    result({
      implementation: 'stock-shared',
      classesPerTenant: 4_683,
      heapPerTenant: 96 * 1_048_576,
      timePerTenant: 640,
      survivors: undefined,
      ...facts,
    });

  it('counts as survivors the greater of what offboarding found alive and what is left above the expectation', () => {
    expect(survivorsOf([result()])).to.equal(0);
    expect(survivorsOf([result({survivors: 3})])).to.equal(3);
    expect(survivorsOf([result({classesLeft: 660})])).to.equal(7);
    expect(survivorsOf([result({survivors: 3, classesLeft: 660})])).to.equal(7);
    expect(survivorsOf([result({survivors: undefined, classesLeft: 660})])).to.equal(7);
  });

  it('counts neither classes that stock has left nor missing classes as survivors of this package', () => {
    expect(survivorsOf([stock({classesLeft: 9_000, classesExpected: 4_683})])).to.equal(0);
    expect(survivorsOf([result({classesLeft: 600})])).to.equal(0);
    expect(survivorsOf([])).to.equal(0);
  });

  it('is a table with readable numbers', () => {
    expect(tableOf([stock({classesLeft: 4_321})]).rows).to.deep.equal([
      ['stock, one shared ModelBuilder', '4,683', '96.0 MB', '640 ms', '4,321', '653'],
    ]);
    expect(tableOf([result({heapPerTenant: 300 * 1024, timePerTenant: 1.26})]).rows[0]).to.include.members(['300 KB', '1.3 ms']);
    // the collector may have left the heap smaller than it was
    expect(tableOf([result({heapPerTenant: -5_000})]).rows[0]).to.include('0 KB');
  });

  it('is bold only on a terminal', () => {
    expect(terminalTable([result()], true)).to.include('\u001b[1m');
    expect(terminalTable([result()], false)).not.to.include('\u001b');
  });

  it('fits a terminal of 100 columns', () => {
    for (const line of terminalTable([stock(), result()], false).split('\n')) expect(line.length).to.be.at.most(100);
  });

  it('is compared with stock in a sentence, whichever side is better', () => {
    expect(comparison([stock(), result()])).to.equal(
      'Per tenant, loopback-scoped-registry takes 1/7.2 of the classes, 1/6.3 of the heap, 1/1.5 of the time of stock, one shared ModelBuilder.',
    );
    expect(comparison([stock({timePerTenant: 214.2}), result()])).to.match(/2\.0 times the time/);
    expect(comparison([stock(), result({heapPerTenant: 0})])).not.to.match(/heap|NaN|Infinity/);
    expect(comparison([stock()])).to.equal(undefined);
    expect(comparison([result()])).to.equal(undefined);
  });

  it('is preceded by a progress bar of at most 80 columns on a terminal, and by one line anywhere else', () => {
    for (const isTTY of [true, false]) {
      const stream = Object.assign(new PassThrough({encoding: 'utf8'}), {isTTY, columns: 80});
      const progress = showProgress('label'.padEnd(31), 10, stream as unknown as NodeJS.WriteStream);
      for (let done = 1; done <= 10; done++) progress.update(done);
      progress.stop();
      const output = String(stream.read());
      expect(output).to.include('100%');
      // eslint-disable-next-line no-control-regex
      const shown = output.replace(/\u001b\[?[?\d;]*[A-Za-z78]/g, '\n').split(/[\r\n]+/);
      expect(Math.max(...shown.map(line => line.length))).to.be.at.most(80);
      if (isTTY) expect(output).to.include('██');
      else expect(output).to.match(/^label {27}100% 0s\n$/);
    }
  });

  describe('is a report that', () => {
    const EVIL = '</script><script>alert("evil")</script><!--';
    let folder: string;
    let html: string;

    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'report-'));
      const file = path.join(folder, 'report.html');
      // results come from another process: nothing in them is taken on trust
      const results = [
        stock({growth: [...result().growth, {tenants: EVIL as never, classes: 1, heap: 1}, ...result().growth]}),
        result(),
      ];
      const facts = {command: `simulate --input ${EVIL}`, input: EVIL, models: 3, tenants: 2, rounds: 1};
      await writeReport(file, results, facts, new AbortController().signal);
      html = await readFile(file, 'utf8');
    });
    after(() => rm(folder, {recursive: true}));

    it('loads nothing from the network', () => {
      expect(html).not.to.match(/<(?:link|img|iframe|object|embed)\b/i);
      expect(html).not.to.match(/\b(?:src|href)\s*=/i);
      expect(html).not.to.match(/@import|url\(|\bfetch\(|XMLHttpRequest|\bimport\(/);
    });

    it('contains the table, the data and the labels', () => {
      for (const text of ['4,683', '653', '96.0 MB', 'stock, one shared ModelBuilder', '1/7.2 of the classes', process.version])
        expect(html).to.include(text);
      expect(html).to.include('"classes":1306');
      expect(html).to.include('half left');
    });

    it('escapes the input, the command and the data', () => {
      expect(html.match(/<script>/g)).to.have.lengthOf(2);
      expect(html.match(/<\/script>/g)).to.have.lengthOf(2);
      expect(html).not.to.include('<script>alert');
      expect(html).to.include('&lt;/script&gt;&lt;script&gt;alert(');
      expect(html).to.include('\\u003c/script>');
    });

    it('has scripts that are valid JavaScript', () => {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the report's own script is what is tried here
      for (const [, script] of html.matchAll(/<script>([^]*?)<\/script>/g)) expect(() => new Function(script)).not.to.throw();
    });

    it('is not written when the run was interrupted', async () => {
      const file = path.join(folder, 'other.html');
      const interrupted = AbortSignal.abort(new Error('interrupted'));
      const facts = {command: '', input: '', models: 1, tenants: 2, rounds: 1};
      const error = await writeReport(file, [result()], facts, interrupted).catch((error: unknown) => error);
      expect(error).to.have.property('message', 'interrupted');
      expect(await readdir(folder)).to.deep.equal(['report.html']);
    });
  });
});

/** The cells of a row of the table, but for its label. */
function cellsOf(stdout: string, label: string): string[] {
  const row = stdout.split('\n').find(line => line.startsWith(`│ ${label}`));
  expect(row, stdout).to.be.a('string');
  return row!
    .split('│')
    .slice(2, -1)
    .map(cell => cell.trim());
}

function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise(resolve => {
    let all = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      all += chunk.toString();
      if (all.includes(text)) resolve();
    });
  });
}
