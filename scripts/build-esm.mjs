/**
 * Writes an ES module beside each entry of the CommonJS build. It only re-exports: one process, one copy, however the
 * package is loaded. Two copies would mean two tenant contexts.
 */
import {writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const {exports} = require('../package.json');

for (const {import: module, require: common} of Object.values(exports)) {
  if (!module) continue;
  const names = Object.keys(require(path.join(root, common.default))).sort();
  const file = `./${path.basename(common.default)}`;
  await writeFile(path.join(root, module.default), `export {${names.join(', ')}} from '${file}';\n`);
  await writeFile(path.join(root, module.types), `export * from '${file}';\n`);
}
