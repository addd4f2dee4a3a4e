import {readFile, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {picture} from './picture';
import {cells, HEAD, type Result} from './result';

/** The root of the repository. This file runs as build/bench/report.js. */
const ROOT = path.resolve(__dirname, '../..');
const FIGURES = /(<!-- figures: [^>]*-->\n)[^]*?(<!-- end of figures -->)/;

/** Writes the results of a full run into the documents. @returns the files written */
export async function writeReport(results: readonly Result[], command: string): Promise<readonly string[]> {
  const table = markdownTable(results);
  const [own, juggler] = await Promise.all(
    ['package.json', 'node_modules/loopback-datasource-juggler/package.json'].map(
      async file => JSON.parse(await readFile(path.join(ROOT, file), 'utf8')) as {name: string; version: string},
    ),
  );
  const performance = await readFile(path.join(ROOT, 'docs/performance.md'), 'utf8');
  const machine = `${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.arch()}`;
  const files = {
    'bench/RESULTS.md': [
      '# Results of the benchmark',
      '',
      `\`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${own.name} ${own.version}, ${juggler.name} ${juggler.version},`,
      `Node ${process.versions.node} (V8 ${process.versions.v8}), ${machine}.`,
      '',
      table,
      '',
      'What the rows are and how they are measured is in [docs/performance.md](../docs/performance.md).',
      '',
    ].join('\n'),
    'docs/performance.svg': picture(results),
    'docs/performance.md': performance.replace(FIGURES, (_, start: string, end: string) => `${start}\n${table}\n\n${end}`),
  };
  await Promise.all(Object.entries(files).map(([file, text]) => writeFile(path.join(ROOT, file), text)));
  return Object.keys(files);
}

function markdownTable(results: readonly Result[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    line(HEAD),
    line(HEAD.map((_, index) => (index === 0 || index === 5 ? '---' : '---:'))),
    ...results.map(result => line(cells(result))),
  ].join('\n');
}
