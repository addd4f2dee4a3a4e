import {spawn} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {survivorsOf} from '../../lib/simulate/result-table';

const CLI = path.resolve(__dirname, '../../../dist/simulate/cli.js');

describe('loopback-scoped-registry simulate', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'simulate-'));
  });
  afterEach(() => rm(folder, {recursive: true}));

  interface Outcome {
    code: number | null;
    out: string;
    error: string;
  }

  function run(args: string[], {node = [] as string[], interruptAfter = ''} = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [...node, CLI, 'simulate', ...args], {cwd: folder});
    const outcome: Outcome = {code: null, out: '', error: ''};
    child.stdout.on('data', chunk => {
      outcome.out += String(chunk);
      if (interruptAfter && outcome.out.includes(interruptAfter)) child.kill('SIGINT');
    });
    child.stderr.on('data', chunk => (outcome.error += String(chunk)));
    return new Promise(resolve => child.once('close', code => resolve({...outcome, code})));
  }

  const input = async (name: string, json: unknown) => {
    await writeFile(path.join(folder, name), typeof json === 'string' ? json : JSON.stringify(json));
    return path.join(folder, name);
  };

  it('prints a table, writes a self-contained report and says where', async () => {
    await input('order.json', {id: 1, total: 3.5, lines: [{sku: 'a', 'size.eu': {w: 1}}], note: '</script>'});
    await input('customer.json', {
      name: 'Customer',
      properties: {name: 'string', address: {street: 'string'}},
      options: {strict: true},
    });
    const {code, out} = await run(['-t', '4', '-r', '2', '--input', folder, '-o', 'report.html']);
    expect(code).to.equal(0);
    for (const text of [
      'classes per tenant',
      'heap per tenant',
      'time per tenant',
      'stock, one shared ModelBuilder',
      path.join(folder, 'report.html'),
    ]) {
      expect(out).to.contain(text);
    }
    // two named and three embedded classes for each of the two tenants that stay
    expect(out).to.match(/loopback-scoped-registry[^\n]*\D10 \D+10 \D/);
    const html = await readFile(path.join(folder, 'report.html'), 'utf8');
    expect(html).not.to.match(/(src|href)="?https?:/);
    expect(html.match(/<\/script>/g)).to.have.lengthOf(2);
    expect(await readdir(folder)).to.have.members(['order.json', 'customer.json', 'report.html']);
  });

  it('has help for every flag', async () => {
    const {code, out} = await run(['--help']);
    expect(code).to.equal(0);
    for (const flag of ['--tenants', '--rounds', '--implementations', '--input', '--output', '--heap'])
      expect(out).to.contain(flag);
  });

  it('refuses what it cannot use, with a line that says why', async () => {
    const bad = await input('bad.json', '{"half":');
    const empty = await input('empty.json', '[]');
    const cases: [string[], string][] = [
      [['-t', '1'], 'whole number from 2'],
      [['-i', 'mine'], 'Allowed choices'],
      [['--input', path.join(folder, 'missing.json')], 'Cannot read'],
      [['--input', bad], 'is not JSON'],
      [['--input', empty], 'holds no JSON object'],
    ];
    for (const [args, message] of cases) {
      const {code, error} = await run(args);
      expect(code, message).to.be.above(0);
      expect(error).to.contain(message).and.not.to.contain('    at ');
    }
  });

  it('without the payloads and without --input it says what to give', async () => {
    const hide = await input(
      'hide.cjs',
      `const {_load} = require('module'); require('module')._load = function (name, ...rest) {
        if (name.startsWith('@octokit')) throw new Error('not installed');
        return _load.call(this, name, ...rest);
      };`,
    );
    const {code, error} = await run([], {node: ['--require', hide]});
    expect(code).to.equal(2);
    expect(error).to.contain('Give --input FILE.json or --input DIR');
  });

  it('leaves no report, whole or half, when it is interrupted', async () => {
    const {code} = await run(['-t', '20', '-o', 'report.html'], {interruptAfter: 'tenants, each with'});
    expect(code).to.be.oneOf([130, null]);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('fails if a class of an offboarded tenant survived', () => {
    const result = {implementation: 'scoped', survivors: 0, classesLeft: 10, classesExpected: 10} as never;
    expect(survivorsOf([result])).to.equal(0);
    expect(survivorsOf([{...(result as object), survivors: 1} as never])).to.equal(1);
    expect(survivorsOf([{...(result as object), classesLeft: 12} as never])).to.equal(2);
    expect(survivorsOf([{...(result as object), implementation: 'stock-shared', classesLeft: 12} as never])).to.equal(0);
  });
});
