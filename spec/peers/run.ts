/**
 * Runs the specs of lib/loopback4 on the older majors of LoopBack 4 that the package names as its peers; all other runs are on the newest.
 * npm adds the packed package to a project that has them, and refuses where a peer does not fit. The project that spec/consumer compiles is
 * compiled with their types as well.
 */
import {spawn} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {byNode, compile, lendPackages, pack, ROOT} from '../consumer/compile';

const SETS: readonly Readonly<Record<string, string>>[] = [
  {'@loopback/core': '^5', '@loopback/repository': '^6', '@loopback/rest': '^13'},
  {'@loopback/core': '^6', '@loopback/repository': '^7', '@loopback/rest': '^14'},
];

/** It compares with another package, which needs the newest major; and it compiles an example in the checkout. */
const ON_THE_NEWEST = ['beside-dynamic-datasource.spec.js', 'example.spec.js'];

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, {cwd, stdio: 'inherit'});
  const status = await new Promise((resolve, reject) =>
    child.once('error', reject).once('exit', (code, signal) => resolve(code ?? signal)),
  );
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(status)}`);
}

async function install(folder: string, tarball: string, peers: Readonly<Record<string, string>>): Promise<string> {
  const project = path.join(folder, Object.values(peers).join('-').replaceAll('^', ''));
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({private: true, dependencies: peers}));
  // the other way round npm takes its newest juggler for this package, and an older one for LoopBack
  for (const packages of [[], [tarball]])
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error', ...packages], project);
  lendPackages(project);
  return project;
}

async function runSpecs(project: string): Promise<void> {
  for (const folder of ['build/lib', 'build/spec', 'docs'])
    cpSync(path.join(ROOT, folder), path.join(project, folder), {recursive: true});
  const specs = readdirSync(path.join(project, 'build/spec/loopback4'))
    .filter(file => file.endsWith('.spec.js') && !ON_THE_NEWEST.includes(file))
    .map(file => path.join('build/spec/loopback4', file));
  const args = [
    '--no-concurrent-recompilation',
    '--disable-warning=ExperimentalWarning',
    path.join(ROOT, 'node_modules/mocha/bin/mocha.js'),
    ...['--no-config', '--reporter', 'dot', '--timeout', '30000'],
    ...['build/spec/support/fresh-job.js', 'build/spec/peers/one-copy.js'].flatMap(file => [
      '--require',
      path.join(project, file),
    ]),
    ...specs,
  ];
  await run(process.execPath, args, project);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'peers-'));
  // PostgreSQL runs as a user of its own where this is root
  chmodSync(folder, 0o755);
  try {
    const tarball = pack(folder);
    const projects = await Promise.all(SETS.map(peers => install(folder, tarball, peers)));
    for (const project of projects) {
      const start = performance.now();
      const require = createRequire(path.join(project, 'package.json'));
      const versions = [...Object.keys(SETS[0]), 'loopback-datasource-juggler'].map(
        name => `${name} ${(require(`${name}/package.json`) as {version: string}).version}`,
      );
      console.log(`\n${versions.join(', ')}`);
      const errors = compile(byNode('nodenext'), path.join(project, 'consumer'));
      if (errors.length > 0) throw new Error(`The project does not compile:\n${errors.join('')}`);
      await runSpecs(project);
      console.log(`${Math.round((performance.now() - start) / 1000)} s`);
    }
  } finally {
    rmSync(folder, {recursive: true});
  }
}

void main();
