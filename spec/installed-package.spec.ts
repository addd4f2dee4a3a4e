import {execFile} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {faultOf, linksOf} from './support/document-links';

const ROOT = path.resolve(__dirname, '../..');
const read = (...file: string[]) => readFileSync(path.join(...file), 'utf8');
const NAME: string = JSON.parse(read(ROOT, 'package.json')).name;
const COMMAND_ONLY = ['commander', 'cli-progress', 'cli-table3', 'uplot'];

describe('The package, installed in an application that has only juggler besides', function () {
  this.timeout(120_000);
  let folder: string;
  let application: string;
  let installed: string;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'installed-package-'));
    application = path.join(folder, 'application');
    installed = path.join(application, 'node_modules', NAME);
    mkdirSync(application);
    // the specs run on a finished build, and other specs use it at this moment
    const packed = await run('npm', ['pack', ROOT, '--ignore-scripts', '--json', '--pack-destination', folder], folder);
    const tarball = path.join(folder, JSON.parse(packed.stdout)[0].filename);
    // with the lock file of this checkout npm takes what `npm ci` has left in its cache, and asks no registry for versions
    const lock = JSON.parse(read(ROOT, 'package-lock.json'));
    const juggler = lock.packages['node_modules/loopback-datasource-juggler'].version;
    const dependencies = {[NAME]: `file:${tarball}`, 'loopback-datasource-juggler': juggler};
    lock.packages[''] = {dependencies};
    write('package.json', {dependencies});
    write('package-lock.json', lock);
    write('order.json', {id: 1, address: {street: 's', geo: {lat: 1, lng: 2}}});
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund']);
  });
  after(() => rmSync(folder, {recursive: true}));

  const write = (name: string, content: unknown) =>
    writeFileSync(path.join(application, name), typeof content === 'string' ? content : JSON.stringify(content));

  const run = (command: string, args: readonly string[], cwd = application, env: NodeJS.ProcessEnv = {}) =>
    // coverage of these processes is not wanted, nor is what the test runner was told
    promisify(execFile)(command, args, {cwd, env: {...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '', ...env}});

  const simulate = (...implementations: string[]) => [
    ...['simulate', '--tenants', '2', '--rounds', '1', '--input', 'order.json', '--output', 'report.html'],
    ...['--implementations', ...implementations],
  ];

  const filesOf = (extension: string) =>
    readdirSync(path.join(installed, 'dist'), {recursive: true, encoding: 'utf8'})
      .filter(file => file.endsWith(extension))
      .map(file => path.join(installed, 'dist', file));

  it('brings none of the packages that only the command line needs', () => {
    for (const name of COMMAND_ONLY) expect(existsSync(path.join(application, 'node_modules', name)), name).to.equal(false);
  });

  it('has a command line that explains itself', async () => {
    const {stdout} = await run('npx', ['--no', '--', NAME, '--help']);
    expect(stdout).to.match(/^Usage: loopback-scoped-registry /);
  });

  it('has a command line that simulates, and draws the curves with uPlot', async () => {
    const {stdout} = await run('npx', ['--no', '--', NAME, ...simulate('stock-shared', 'scoped')]);
    expect(stdout).to.match(/│ stock, one shared ModelBuilder +│ +\d+ │/);
    expect(stdout).to.match(/│ loopback-scoped-registry +│ +3 │/);
    const report = read(application, 'report.html');
    for (const file of ['uPlot.iife.min.js', 'uPlot.min.css'])
      expect(report.includes(read(ROOT, 'node_modules/uplot/dist', file)), file).to.equal(true);
  });

  it('has no second copy of the library or of juggler in its command line', async () => {
    write(
      'preload.js',
      `const report = what => require('node:fs').writeSync(2, what + '\\n');
      const {TenantRegistries} = require(${JSON.stringify(NAME)});
      const {offboard} = TenantRegistries.prototype;
      TenantRegistries.prototype.offboard = function (tenant, ...rest) {
        report('the library offboards ' + tenant);
        return offboard.call(this, tenant, ...rest);
      };
      const {DataSource} = require('loopback-datasource-juggler');
      const {disconnect} = DataSource.prototype;
      DataSource.prototype.disconnect = function (...args) {
        if (this.constructor === DataSource) report('juggler disconnects');
        return disconnect.apply(this, args);
      };`,
    );
    const command = path.join(installed, 'dist/simulate/cli.js');
    const env = {NODE_OPTIONS: `--require ${path.join(application, 'preload.js')}`};
    const {stderr} = await run(process.execPath, [command, ...simulate('stock-datasource', 'scoped')], application, env);
    expect(stderr.match(/^(the library|juggler) .*$/gm)).to.deep.equal(['juggler disconnects', 'the library offboards tenant-1']);
  });

  it('ships the command line as two files, beside the licence text of every package that they contain', () => {
    const files = readdirSync(path.join(installed, 'dist/simulate'));
    expect(files).to.have.members(['cli.js', 'simulate-process.js', 'THIRD-PARTY-LICENSES.txt']);
    const licences = read(installed, 'dist/simulate/THIRD-PARTY-LICENSES.txt');
    // esbuild puts the name of each file above its code
    const sources = ['cli.js', 'simulate-process.js'].flatMap(file => [
      ...read(installed, 'dist/simulate', file).matchAll(/^\/\/ (\S*\bnode_modules\/((?:@[^/\s]+\/)?[^/\s]+))\/\S+$/gm),
    ]);
    expect(sources.map(([, , name]) => name)).to.include.members([...COMMAND_ONLY, 'string-width', 'ansi-regex']);
    for (const [, source, name] of sources) {
      const {version} = JSON.parse(read(ROOT, source, 'package.json'));
      expect(licences).to.include(`\n${name} ${version} (`);
      const licence = readdirSync(path.join(ROOT, source)).find(file => /^licen[cs]e/i.test(file))!;
      expect(licences.includes(read(ROOT, source, licence).trim()), `the licence of ${name}`).to.equal(true);
    }
  });

  it('ships every source map that its code refers to, and every source that a map refers to', () => {
    const code = filesOf('js').filter(file => read(file).includes('\n//# sourceMappingURL='));
    expect(code).not.to.have.lengthOf(0);
    for (const file of code) expect(read(file)).to.include(`\n//# sourceMappingURL=${path.basename(file)}.map`);
    expect(filesOf('.map')).to.have.members(code.map(file => `${file}.map`));
    for (const file of filesOf('.map')) {
      const {sources, sourceRoot = ''} = JSON.parse(read(file));
      const missing = sources.filter((source: string) => !existsSync(path.resolve(path.dirname(file), sourceRoot, source)));
      expect(missing, file).to.deep.equal([]);
    }
  });

  it('has no link in its documents that leads nowhere for a reader who has the package only', () => {
    const pages = readdirSync(installed, {recursive: true, encoding: 'utf8'}).filter(file => file.endsWith('.md'));
    const links = pages.flatMap(page =>
      linksOf(read(installed, page)).map(link => ({page, link, fault: faultOf(link, page, installed)})),
    );
    expect(links.filter(({fault}) => fault)).to.deep.equal([]);
    expect(pages).to.include.members(['README.md', 'CHANGELOG.md', 'docs/rows.md', 'docs/guides/loopback4.md']);
    expect(links.length).to.be.at.least(70);
  });

  it('says where its repository, its page and its issues are', () => {
    const {repository, homepage, bugs} = JSON.parse(read(installed, 'package.json'));
    const address = /^git\+(https:.*)\.git$/.exec(repository.url)?.[1];
    expect([repository.type, homepage, bugs.url]).to.deep.equal(['git', `${address}#readme`, `${address}/issues`]);
  });
});
