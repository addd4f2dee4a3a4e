/**
 * Runs juggler's own test suites, which its npm packages contain: for each major as it is, and with the library
 * installed in each of several ways. Every run must pass in full, with the counts of the major as it is.
 */
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {availableParallelism, tmpdir} from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import {WAYS} from './ways';

interface Run {
  readonly major: string;
  readonly folder: string;
  readonly way: string | undefined;
}

interface Outcome extends Run {
  readonly passes: number;
  readonly pending: number;
  readonly failures: number;
  /** Classes made through a registry. */
  readonly defined: number;
  readonly output: string;
}

const MAJORS = {3: 'juggler-3', 4: 'juggler-4', 5: 'juggler-5', 6: 'juggler-6', 7: 'loopback-datasource-juggler'};

/** A test of how equal ids look in the bson 1 of its time. */
const OF_ITS_TIME = ['--fgrep', 'should dedupe an array with duplicate bson entries', '--invert'];

const resolve = createRequire(__filename).resolve;
const mocha = path.join(path.dirname(resolve('mocha/package.json')), 'bin', 'mocha.js');

async function runSuite(run: Run, temporary: string): Promise<Outcome> {
  const name = `${run.major}-${run.way ?? 'stock'}`;
  const results = path.join(temporary, `${name}.json`);
  const report = path.join(temporary, `${name}-report.json`);
  const args = [
    mocha,
    // its version 3 has no mocharc of its own, and would get ours
    '--no-config',
    '--timeout',
    '20000',
    '--exit',
    ...(run.major === '3' ? OF_ITS_TIME : []),
    ...process.argv.slice(2),
    '--reporter',
    'json',
    '--reporter-option',
    `output=${results}`,
  ];
  if (run.way) args.push('--require', path.join(__dirname, 'preload.js'));
  const child = spawn(process.execPath, args, {
    cwd: run.folder,
    // its fixture loopback-connector-throwing is a package of its own to juggler's tests
    env: {...process.env, NODE_PATH: path.join(run.folder, 'test', 'fixtures'), JUGGLER_WAY: run.way, JUGGLER_WAY_REPORT: report},
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)));
  await new Promise(done => child.once('close', done));
  const {stats, failures: failed = []} = JSON.parse(await readFile(results, 'utf8').catch(() => '{}')) as {
    stats?: Omit<Outcome, keyof Run>;
    failures?: {fullTitle: string; err: {message?: string; stack?: string}}[];
  };
  for (const {fullTitle, err} of failed) output += `\nFAILED ${fullTitle}\n${err.stack ?? err.message}\n`;
  const {defined = 0} = (run.way ? JSON.parse(await readFile(report, 'utf8').catch(() => '{}')) : {}) as {defined?: number};
  const {passes = 0, pending = 0, failures = 1} = stats ?? {};
  return {...run, passes, pending, failures, defined, output};
}

async function main(): Promise<void> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'juggler-suites-'));
  const runs = Object.entries(MAJORS).flatMap(([major, name]) => {
    const folder = path.dirname(resolve(`${name}/package.json`));
    return [undefined, ...Object.keys(WAYS)].map(way => ({major, folder, way}));
  });
  // one run of a major at a time: the tests write to a file in their folder
  const majors = Object.keys(MAJORS);
  const outcomes: Outcome[] = [];
  const worker = async () => {
    for (let major = majors.shift(); major; major = majors.shift()) {
      for (const run of runs.filter(run => run.major === major)) {
        outcomes.push(await runSuite(run, temporary));
        console.log(`juggler ${run.major}, ${run.way ?? 'stock'}: done (${outcomes.length}/${runs.length})`);
      }
    }
  };
  await Promise.all(Array.from({length: Math.min(4, availableParallelism())}, worker));
  await rm(temporary, {recursive: true});

  const table = new Table({
    head: ['juggler', 'installed', 'passing', 'pending', 'failing', 'classes through a registry'],
    style: {head: [], border: []},
  });
  let bad = 0;
  for (const run of runs) {
    const of = (way: string | undefined) => outcomes.find(outcome => outcome.major === run.major && outcome.way === way)!;
    const [outcome, stock] = [of(run.way), of(undefined)];
    const {passes, pending, failures, defined, output} = outcome;
    table.push([run.major, run.way ? WAYS[run.way].description : 'stock', passes, pending, failures, run.way ? defined : '–']);
    const same = passes === stock.passes && pending === stock.pending && failures === 0 && passes > 2_000;
    if (same && (!run.way || defined > 1_000)) continue;
    bad++;
    console.error(`juggler ${run.major}, ${run.way ?? 'stock'}:\n${output}`);
  }
  console.log(table.toString());
  const passed = outcomes.reduce((sum, {passes}) => sum + passes, 0);
  const failed = outcomes.reduce((sum, {failures}) => sum + failures, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (bad > 0) process.exitCode = 1;
}

void main();
