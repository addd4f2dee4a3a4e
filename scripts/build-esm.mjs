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
  const from = `from './${path.basename(common.default)}';\n`;
  const names = Object.keys(named).sort();
  // The default export has a name as well. By that name Node and bundlers find the same: a default import of a CommonJS module is its
  // `module.exports` in Node, and its property `default` in some bundlers and for TypeScript when it resolves as they do.
  const mainName = names.find(name => named[name] === main);
  if (main && !mainName) throw new Error(`The default export of ${common.default} must be exported by a name too.`);
  const defaults = main ? `export {${mainName} as default} ${from}` : '';
  await writeFile(path.join(root, module.default), `export {${names.join(', ')}} ${from}${defaults}`);
  await writeFile(path.join(root, module.types), `export * ${from}${defaults}`);
}
