import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {IMPLEMENTATIONS} from './implementations';
import {tableOf} from './result-table';
import type {Result} from './simulation';

export interface ReportFacts {
  readonly command: string;
  readonly input: string;
  readonly tenants: number;
  readonly rounds: number;
}

const COLOURS: Record<Result['implementation'], string> = {
  'stock-shared': '#c0392b',
  'stock-datasource': '#e08e0b',
  scoped: '#1b7f4b',
};

/**
 * Writes the report as one HTML file that needs nothing else. It appears under its name when it is complete: an
 * interrupted run leaves the previous report, or none.
 */
export async function writeReport(file: string, results: readonly Result[], facts: ReportFacts): Promise<void> {
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, await html(results, facts));
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, {force: true});
  }
}

async function html(results: readonly Result[], facts: ReportFacts): Promise<string> {
  const chart = path.dirname(require.resolve('uplot/package.json'));
  const [script, style] = await Promise.all(
    ['uPlot.iife.min.js', 'uPlot.min.css'].map(name => readFile(path.join(chart, 'dist', name), 'utf8')),
  );
  const {head, rows} = tableOf(results);
  const cells = (tag: string, texts: readonly string[]) => texts.map(text => `<${tag}>${escape(text)}</${tag}>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model classes of ${facts.tenants} tenants</title>
<style>
${style}
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .4rem .6rem; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child { text-align: left }
.facts { color: #666; font-size: .9rem }
code { background: #f4f4f4; padding: .1rem .3rem }
</style>
<h1>Model classes of ${facts.tenants} tenants, before and after half of them leave</h1>
<table><thead><tr>${cells('th', head)}</tr></thead><tbody>
${rows.map(row => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table>
<h2>Live model classes</h2><div id="classes"></div>
<h2>Heap after collection, MB</h2><div id="heap"></div>
<p class="facts">Tenants from left to right; right of the last, half of them have been offboarded (last point of each line).
Input: ${escape(facts.input)}, ${facts.rounds} rounds. Node ${process.version}, ${escape(os.cpus()[0]?.model.trim() ?? 'unknown processor')}, ${os.cpus().length} cores.
Command: <code>${escape(facts.command)}</code></p>
<script>${script}</script>
<script>
const lines = ${embedded(lines(results))};
const tenants = ${facts.tenants};
const x = [...new Set(lines.flatMap(line => line.points.map(point => point.x)))].sort((a, b) => a - b);
const label = value => value > tenants ? 'half left' : String(value);
for (const what of ['classes', 'heap']) {
  const data = [x, ...lines.map(line => x.map(at => line.points.find(point => point.x === at)?.[what] ?? null))];
  new uPlot({
    width: Math.min(920, document.body.clientWidth), height: 320,
    scales: {x: {time: false}, y: {range: (_, min, max) => [0, max * 1.05]}},
    axes: [{label: 'tenants', values: (_, splits) => splits.map(v => Number.isInteger(v) && v <= tenants ? v : '')}, {size: 70}],
    series: [{label: 'tenants', value: (_, v) => v === null ? '–' : label(v)},
      ...lines.map(line => ({label: line.label, stroke: line.colour, width: 2, spanGaps: true, points: {show: true}}))],
  }, data, document.getElementById(what));
}
</script>
</html>
`;
}

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly {x: number; classes: number; heap: number}[];
}

function lines(results: readonly Result[]): Line[] {
  return results.map(({implementation, growth, afterOffboarding}) => {
    const last = growth.at(-1)!.tenants;
    const after = {...afterOffboarding, tenants: last + Math.max(1, last * 0.1)};
    return {
      label: IMPLEMENTATIONS[implementation].label,
      colour: COLOURS[implementation],
      points: [...growth, after].map(({tenants, classes, heap}) => ({
        x: tenants,
        classes,
        heap: Math.round(heap / 104_857.6) / 10,
      })),
    };
  });
}

/** JSON that cannot end the script element it stands in. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
