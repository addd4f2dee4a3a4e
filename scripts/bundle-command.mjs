/**
 * Replaces what tsc made of lib/simulate by two files. They contain the packages that only the command line needs, so that
 * a service which installs the library does not install these packages. The library's own modules and juggler stay outside
 * the two files, because a second copy would have a `TenantRegistries.default` of its own.
 */
import {chmod, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'lib/simulate');
const target = path.join(root, 'dist/simulate');

/** What is outside lib/simulate is required from dist/simulate as it is imported: by the same relative path. */
const libraryStaysOutside = {
  name: 'library-stays-outside',
  setup({onResolve}) {
    onResolve({filter: /^\.\.\//}, ({path: specifier, resolveDir}) =>
      resolveDir === source ? {path: specifier, external: true} : undefined,
    );
  },
};

const chartLibraryAsText = {
  name: 'chart-library-as-text',
  setup({onLoad}) {
    onLoad({filter: /[\\/]chart-library\.ts$/}, () => ({
      contents: `export {default as CHART_SCRIPT} from 'uplot/dist/uPlot.iife.min.js';
        export {default as CHART_STYLE} from 'uplot/dist/uPlot.min.css';`,
      resolveDir: source,
    }));
    onLoad({filter: /[\\/]uPlot\.[\w.]+$/}, async ({path: file}) => ({
      contents: await readFile(file, 'utf8'),
      loader: 'text',
    }));
  },
};

await rm(target, {recursive: true, force: true});
const {metafile} = await build({
  absWorkingDir: root,
  entryPoints: ['cli.ts', 'simulate-process.ts'].map(file => path.join(source, file)),
  outdir: target,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  charset: 'utf8',
  external: ['loopback-datasource-juggler', '@octokit/webhooks-examples'],
  plugins: [libraryStaysOutside, chartLibraryAsText],
  metafile: true,
  logLevel: 'warning',
});
await chmod(path.join(target, 'cli.js'), 0o755);
await writeFile(path.join(target, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(metafile.inputs)));

/** The licence texts of the packages that these files are from, as each package publishes them. */
async function licences(files) {
  const folders = new Set(
    files.flatMap(file => file.match(/^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []).map(folder => path.join(root, folder)),
  );
  const sections = await Promise.all([...folders].map(licenceOf));
  return `cli.js and simulate-process.js in this folder contain code of the following packages.\n${sections.sort().join('')}`;
}

async function licenceOf(folder) {
  const {name, version, license} = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter(file => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} ${version} is bundled and has no licence file in ${folder}.`);
  const texts = await Promise.all(files.map(file => readFile(path.join(folder, file), 'utf8')));
  return `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${texts.map(text => text.trim()).join('\n\n')}\n`;
}
