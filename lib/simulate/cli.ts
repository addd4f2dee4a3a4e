#!/usr/bin/env node
import {access, constants, stat} from 'node:fs/promises';
import path from 'node:path';
import {Command, InvalidArgumentError, Option} from 'commander';
import {InputError, readDocuments} from './documents';
import {writeReport} from './html-report';
import {LABELS, type ImplementationName} from './labels';
import {showProgress} from './progress';
import {comparison, survivorsOf, terminalTable} from './result-table';
import {runPlan} from './run-plan';
import {SimulationError, stepsOf, type Plan, type Result} from './simulation';

interface Options {
  readonly tenants: number;
  readonly rounds: number;
  readonly implementations: ImplementationName[];
  readonly input?: string;
  readonly output: string;
  readonly heap: number;
}

/** The exit codes of the process. For a signal the code is 128 plus its number, as in a shell. */
const EXIT = {survivors: 1, failed: 2, SIGINT: 130, SIGTERM: 143} as const;

const NAMES = Object.keys(LABELS) as ImplementationName[];

const program = new Command('loopback-scoped-registry')
  .description('Model registries per tenant for loopback-datasource-juggler.')
  .exitOverride(({exitCode}) => process.exit(exitCode === 0 ? 0 : EXIT.failed));

program
  .command('simulate')
  .description(
    'Makes the models of many tenants from real JSON documents, with stock juggler and with this package, side by side in ' +
      'processes of their own; then half of the tenants leave. Prints what each tenant costs and what is left of those who ' +
      'left, and draws it. Exits with 1 if a class of an offboarded tenant survived in this package, with 2 if it failed.',
  )
  .addOption(new Option('-t, --tenants <number>', 'tenants to simulate').argParser(wholeFrom(2)).default(10))
  .addOption(new Option('-r, --rounds <number>', "how often each tenant's models are defined").argParser(wholeFrom(1)).default(2))
  .addOption(new Option('-i, --implementations <names...>', 'what to compare').choices(NAMES).default(NAMES))
  .option(
    '--input <path>',
    'your own JSON documents or LoopBack model JSON files: a file or a folder (default: GitHub webhook payloads)',
  )
  .option('-o, --output <file>', 'where the HTML report goes', 'tenant-registry-report.html')
  .addOption(new Option('--heap <MB>', 'heap limit of each process').argParser(wholeFrom(64)).default(8192))
  .action(simulate);

async function simulate(options: Options): Promise<void> {
  const {tenants, rounds, input} = options;
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(new Interruption(signal)));
  const output = path.resolve(options.output);
  await assertWritable(output);
  const ignored = new Set<string>();
  const documents = await readDocuments(input, ignored);
  const source = input ?? 'the GitHub webhook payloads of @octokit/webhooks-examples';
  const often = rounds === 1 ? 'once' : `${rounds} times over`;
  console.log(`${tenants} tenants, each with ${counted(documents.length, 'model')} from ${source}, defined ${often}.`);
  if (ignored.size > 0) console.log(`Left out, as only the application knows them: ${[...ignored].sort().join(', ')}.`);
  console.log();

  const results: Result[] = [];
  for (const implementation of NAMES.filter(name => options.implementations.includes(name))) {
    results.push(await withProgress({implementation, documents, tenants, rounds}, interrupted.signal, options.heap));
  }

  console.log(`\n${terminalTable(results, process.stdout.isTTY && !process.env.NO_COLOR)}\n`);
  const compared = comparison(results);
  if (compared !== undefined) console.log(compared);
  const command = ['loopback-scoped-registry', ...process.argv.slice(2)].join(' ');
  await writeReport(output, results, {command, input: source, models: documents.length, tenants, rounds}, interrupted.signal);
  console.log(`The growth curves are in ${output}`);

  const survivors = survivorsOf(results);
  if (survivors > 0) {
    console.error(`\n${counted(survivors, 'class', 'classes')} of offboarded tenants survived.`);
    process.exitCode = EXIT.survivors;
  }
}

async function withProgress(plan: Plan, signal: AbortSignal, heap: number): Promise<Result> {
  const progress = showProgress(LABELS[plan.implementation].padEnd(31), stepsOf(plan));
  try {
    return await runPlan(plan, done => progress.update(done), signal, heap);
  } finally {
    progress.stop();
  }
}

/** Checks the output before the simulation, which may take minutes, so that a wrong path fails at once. */
async function assertWritable(output: string): Promise<void> {
  const known = await stat(output).catch(() => undefined);
  if (known && !known.isFile())
    throw new InputError(`Cannot write the report to ${output}: that is no file. Give --output FILE.`);
  const folder = path.dirname(output);
  await access(folder, constants.W_OK).catch((error: unknown) => {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `there is no folder ${folder}`
        : `the folder ${folder} cannot be written to`;
    throw new InputError(`Cannot write the report to ${output}: ${reason}. Give --output FILE.`, {cause: error});
  });
}

function wholeFrom(minimum: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < minimum)
      throw new InvalidArgumentError(`It must be a whole number from ${minimum}.`);
    return value;
  };
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

class Interruption extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM') {
    super('Interrupted; no report was written.');
  }
}

program.parseAsync().catch((error: unknown) => {
  // When the signal aborts a child process or a file system call, Node throws an AbortError whose cause is the Interruption.
  const {cause = error} = error as Error;
  if (cause instanceof Interruption) {
    console.error(`\n${cause.message}`);
    process.exitCode = EXIT[cause.signal];
  } else {
    console.error(error instanceof InputError || error instanceof SimulationError ? error.message : error);
    process.exitCode = EXIT.failed;
  }
});
