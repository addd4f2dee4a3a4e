/**
 * Writes an ES module beside each entry of the CommonJS build. It only re-exports: one process, one copy, however the
 * package is loaded. Two copies would mean two tenant contexts.
 */
import {writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const entries = ['index'];

for (const entry of entries) {
  const names = Object.keys(require(`../dist/${entry}.js`)).sort();
  await writeFile(new URL(`../dist/${entry}.mjs`, import.meta.url), `export {${names.join(', ')}} from './${entry}.js';\n`);
  await writeFile(new URL(`../dist/${entry}.d.mts`, import.meta.url), `export * from './${entry}.js';\n`);
}
