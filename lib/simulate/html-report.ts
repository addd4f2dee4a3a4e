import {rename, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {CHART_SCRIPT, CHART_STYLE} from './chart-library';
import {LABELS} from './labels';
import {comparison, tableOf} from './result-table';
import type {Result} from './simulation';

/** The facts about a run that the report prints. */
export interface ReportFacts {
  readonly command: string;
  readonly input: string;
  readonly models: number;
  readonly tenants: number;
  readonly rounds: number;
}

/** Colours and dashes of the curves. One is dashed, because the curves of the two stock ways often lie on each other. */
const STROKES: Record<Result['implementation'], {colour: string; dash?: readonly number[]}> = {
  'stock-shared': {colour: '#c0392b'},
  'stock-datasource': {colour: '#e08e0b', dash: [9, 6]},
  scoped: {colour: '#1b7f4b'},
};

/**
 * Writes the report as one HTML file that loads nothing. It is written to a temporary file and renamed when it is complete,
 * so that an interrupted run leaves an earlier report unchanged.
 * @throws the reason of `signal`
 */
export async function writeReport(
  file: string,
  results: readonly Result[],
  facts: ReportFacts,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, html(results, facts));
    signal.throwIfAborted();
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, {force: true});
  }
}

function html(results: readonly Result[], facts: ReportFacts): string {
  const {head, rows} = tableOf(results);
  const cells = (tag: string, texts: readonly string[]) => texts.map(text => `<${tag}>${escape(text)}</${tag}>`).join('');
  const compared = comparison(results);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model classes of ${facts.tenants} tenants</title>
<style>
${CHART_STYLE}
${STYLE}
</style>
<h1>Model classes of ${facts.tenants} tenants, before and after half of them leave</h1>
<table class="results"><thead><tr>${cells('th', head)}</tr></thead><tbody>
${rows.map(row => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table>
${compared === undefined ? '' : `<p>${escape(compared)}</p>`}
<h2>Live model classes</h2><div id="classes"></div>
<p class="facts">Counted after a garbage collection. In the grey part half of the tenants have been offboarded; dotted is what they
left behind: the classes above those of the tenants that stayed.</p>
<h2>Heap, MB</h2><div id="heap"></div>
<p class="facts">After a garbage collection, above that of the process before the first tenant.</p>
<p class="facts">Input: ${escape(facts.input)}; ${facts.models} models for each tenant, rounds: ${facts.rounds}.
Node ${process.version}, ${escape(os.cpus()[0]?.model.trim() ?? 'unknown processor')}, ${os.cpus().length} cores.
Command: <code>${escape(facts.command)}</code></p>
<script>${CHART_SCRIPT}</script>
<script>
const lines = ${embedded(results.map(line))};
const tenants = ${facts.tenants};
${DRAWING}
</script>
</html>
`;
}

const STYLE = `:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.results { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
.results th, .results td { padding: .4rem .6rem; border-bottom: 1px solid #ddd; text-align: right }
.results th:first-child, .results td:first-child { text-align: left; white-space: nowrap }
.u-legend { font-size: .9rem; text-align: left; font-variant-numeric: tabular-nums }
.u-legend .u-marker { width: 1.6rem; height: 0; border-width: 0; border-top-width: 3px }
.facts { color: #666; font-size: .9rem; margin: .5rem 0 }
code { background: #f4f4f4; padding: .1rem .3rem }`;

/** The script that draws the curves. It runs in the browser, after a script that defines `lines` and `tenants`. */
const DRAWING = `const after = Math.max(...lines.flatMap(line => line.points.map(point => point.x)));
const x = [...new Set(lines.flatMap(line => line.points.map(point => point.x)))].sort((a, b) => a - b);
const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(step => tenants / step <= 12) ?? Math.ceil(tenants / 10);
const ticks = [...Array(Math.floor(tenants / step) + 1).keys()].map(i => i * step).filter(at => at === 0 || tenants - at >= step * 0.75);
if (!ticks.includes(tenants)) ticks.push(tenants);
const text = {classes: v => Math.round(v).toLocaleString('en-US'), heap: v => v < 10 ? v.toFixed(2) : v.toFixed(1)};
const pixel = window.devicePixelRatio;

function shadeTheEnd(plot) {
  const {ctx, bbox} = plot;
  const from = plot.valToPos(tenants, 'x', true);
  ctx.save();
  ctx.fillStyle = '#f1f1f1';
  ctx.fillRect(from, bbox.top, bbox.left + bbox.width - from, bbox.height);
  ctx.restore();
}

function markWhatIsTooMuch(plot) {
  const {ctx} = plot;
  const at = plot.valToPos(after, 'x', true);
  ctx.save();
  ctx.lineWidth = 2 * pixel;
  ctx.setLineDash([2 * pixel, 3 * pixel]);
  ctx.font = 11 * pixel + 'px system-ui, sans-serif';
  ctx.textAlign = 'left';
  for (const {colour, points, classesExpected} of lines) {
    const tooMany = points.at(-1).classes - classesExpected;
    if (tooMany <= 0) continue;
    const [from, to] = [points.at(-1).classes, classesExpected].map(classes => plot.valToPos(classes, 'y', true));
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(at, from);
    ctx.lineTo(at, to);
    ctx.stroke();
    ctx.fillText('+' + text.classes(tooMany), at + 6 * pixel, (from + to) / 2);
  }
  ctx.restore();
}

for (const what of ['classes', 'heap']) {
  const data = [x, ...lines.map(line => x.map(at => line.points.find(point => point.x === at)?.[what] ?? null))];
  const showEnd = plot => plot.setLegend({idx: x.length - 1});
  const plot = new uPlot({
    width: Math.min(928, document.body.clientWidth - 32), height: 320,
    padding: [12, 24, 0, 0],
    cursor: {drag: {x: false, y: false}},
    scales: {x: {time: false, range: [0, after + (after - tenants) * 0.6]}, y: {range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.05 : 1]}},
    axes: [
      {
        label: 'tenants', labelSize: 24, grid: {show: false},
        splits: () => [...ticks, after],
        values: (_, splits) => splits.map(at => at === after ? 'half left' : String(at)),
      },
      {size: 70, values: (_, splits) => splits.map(v => v.toLocaleString('en-US'))},
    ],
    series: [
      {label: 'tenants', value: (_, v) => v === null ? '' : v === after ? 'after half left' : String(v)},
      ...lines.map(line => ({
        label: line.label, stroke: line.colour, dash: line.dash, width: 2, spanGaps: true,
        points: {show: true, size: 6, fill: line.colour},
        value: (_, v) => v === null ? '' : text[what](v),
      })),
    ],
    hooks: {ready: [showEnd], drawClear: [shadeTheEnd], draw: what === 'classes' ? [markWhatIsTooMuch] : []},
  }, data, document.getElementById(what));
  plot.over.addEventListener('mouseleave', () => setTimeout(showEnd, 0, plot));
}`;

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly points: readonly {x: number; classes: number; heap: number}[];
  readonly classesExpected: number;
}

function line({implementation, growth, afterOffboarding, classesExpected}: Result): Line {
  const last = growth.at(-1)!.tenants;
  const after = {...afterOffboarding, tenants: last * 1.15};
  return {
    label: LABELS[implementation],
    ...STROKES[implementation],
    points: [...growth, after].map(({tenants, classes, heap}) => ({x: tenants, classes, heap: heap / 1_048_576})),
    classesExpected,
  };
}

/** Writes a value as JSON for a script element. `<` is escaped, because `</script>` in the data would end the element. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
