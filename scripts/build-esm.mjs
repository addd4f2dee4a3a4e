/**
 * Writes an ES module for each entry of the CommonJS build. The module only re-exports the CommonJS one, so that a process has one copy
 * of the package, whether it uses `import`, `require` or both. Two copies would have two tenant contexts.
 */
import {writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '..');
const {exports} = require('../package.json');

for (const {import: module, require: common} of Object.values(exports)) {
  if (!module) continue;
  const {default: main, ...named} = require(path.join(root, common.default));
  const file = `./${path.basename(common.default)}`;
  // In Node the default import of a CommonJS module is its whole `module.exports`.
  const [code, types] = main ? [`import all from '${file}';\n`, `declare const main: typeof all.default;\n`] : ['', ''];
  const names = Object.keys(named).sort().join(', ');
  await writeFile(
    path.join(root, module.default),
    `${code}export {${names}} from '${file}';\n${code && 'export default all.default;\n'}`,
  );
  await writeFile(path.join(root, module.types), `${code}export * from '${file}';\n${types}${types && 'export default main;\n'}`);
}
