#!/usr/bin/env node
import path from 'node:path';
import {SingleBar} from 'cli-progress';
import {Command, InvalidArgumentError, Option} from 'commander';
import {InputError, readDocuments} from './documents';
import {writeReport} from './html-report';
import {IMPLEMENTATIONS, type ImplementationName} from './implementations';
import {survivorsOf, terminalTable} from './result-table';
import {runPlan} from './run-plan';
import {stepsOf, type Plan, type Result} from './simulation';

interface Options {
  readonly tenants: number;
  readonly rounds: number;
  readonly implementations: ImplementationName[];
  readonly input?: string;
  readonly output: string;
  readonly heap: number;
}

const NAMES = Object.keys(IMPLEMENTATIONS) as ImplementationName[];

const program = new Command('loopback-scoped-registry').description(
  'Model registries per tenant for loopback-datasource-juggler.',
);

program
  .command('simulate')
  .description(
    'Makes the models of many tenants from real JSON documents, with stock juggler and with this package, side by side in\n' +
      'processes of their own; then half of the tenants leave. Prints what each tenant costs and what is left of those who\n' +
      'left, and draws it. Exits with 1 if a class of an offboarded tenant survived in this package.',
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
  const documents = await readDocuments(input);
  const source = input ?? 'the GitHub webhook payloads of @octokit/webhooks-examples';
  console.log(`${tenants} tenants, each with ${documents.length} models from ${source}, defined ${rounds} times over.\n`);

  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const results: Result[] = [];
  for (const implementation of NAMES.filter(name => options.implementations.includes(name))) {
    results.push(await withProgress({implementation, documents, tenants, rounds}, interrupted.signal, options.heap));
  }
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);

  console.log(`\n${terminalTable(results)}\n`);
  const output = path.resolve(options.output);
  const command = ['loopback-scoped-registry', ...process.argv.slice(2)].join(' ');
  await writeReport(output, results, {command, input: source, tenants, rounds});
  console.log(`The growth curves are in ${output}`);

  const survivors = survivorsOf(results);
  if (survivors > 0) {
    console.error(`\n${survivors} classes of offboarded tenants survived.`);
    process.exitCode = 1;
  }
}

async function withProgress(plan: Plan, signal: AbortSignal, heap: number): Promise<Result> {
  const label = IMPLEMENTATIONS[plan.implementation].label.padEnd(31);
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    emptyOnZero: true,
  });
  bar.start(stepsOf(plan), 0);
  try {
    return await runPlan(plan, done => bar.update(done), signal, heap);
  } finally {
    bar.stop();
  }
}

function wholeFrom(minimum: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < minimum)
      throw new InvalidArgumentError(`It must be a whole number from ${minimum}.`);
    return value;
  };
}

program.parseAsync().catch((error: unknown) => {
  const {name} = error as Error;
  if (name === 'AbortError') {
    console.error('\nInterrupted; no report was written.');
    process.exitCode = 130;
  } else {
    console.error(error instanceof InputError ? error.message : error);
    process.exitCode = 2;
  }
});
