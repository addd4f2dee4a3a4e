/** The command line of the benchmark: `npm run bench`. */
import {Command, Option} from 'commander';
import {showProgress} from '../lib/simulate/progress';
import {ROWS, type RowId} from './bounds';
import {GROUPS, type GroupName} from './groups';
import {measure} from './measure';
import {writeReport} from './report';
import {resultOf, type Result} from './result';
import {terminalTable} from './terminal-table';

interface Options {
  readonly short?: boolean;
  readonly only?: RowId[];
}

/** The exit codes of the process. */
const EXIT = {missed: 1, failed: 2} as const;

const NAMES = Object.keys(GROUPS) as GroupName[];

const program = new Command('npm run bench --')
  .description(
    'Compares this package with stock juggler and checks the bounds in bench/bounds.ts. Prints a table, and writes ' +
      'bench/RESULTS.md, docs/performance.svg and the figures of docs/performance.md. Exits with 1 if a bound was missed, ' +
      'with 2 if the benchmark failed.',
  )
  .option('--short', 'less work and fewer repetitions, with a wide margin for noise; writes no files')
  .addOption(new Option('--only <rows...>', 'measure these rows; writes no files').choices(Object.keys(ROWS)))
  .exitOverride(({exitCode}) => process.exit(exitCode === 0 ? 0 : EXIT.failed))
  .action(run);

async function run({short = false, only}: Options): Promise<void> {
  const wanted = (row: RowId) => only?.includes(row) ?? true;
  const results: Result[] = [];
  for (const name of NAMES.filter(name => GROUPS[name].rows.some(wanted))) {
    const progress = showProgress(name.padEnd(27), 1);
    const measured = await measure(name, short, share => progress.update(share)).finally(() => progress.stop());
    for (const [row, measurement] of measured) {
      if (wanted(row)) results.push(resultOf(row, measurement, short));
    }
  }
  console.log(`\n${terminalTable(results, process.stdout.isTTY && !process.env.NO_COLOR)}`);
  if (short) console.log('\nShort run: fewer tenants and repetitions than the titles of the rows say, and relaxed bounds.');
  if (!short && !only) console.log(`\nWritten: ${(await writeReport(results, 'npm run bench')).join(', ')}`);

  const missed = results.filter(({verdict}) => verdict.met === false);
  if (missed.length > 0) {
    console.error(`\n${missed.length} of ${results.length} missed: ${missed.map(({id}) => id).join(', ')}`);
    process.exitCode = EXIT.missed;
  }
}

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(EXIT.failed);
});
