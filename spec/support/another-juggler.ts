import path from 'node:path';

/** Loads a copy of juggler that this library has not met yet. */
export function anotherJuggler(): any {
  const folder = path.dirname(require.resolve('juggler-6/package.json'));
  const loaded = Object.entries(require.cache).filter(([file]) => file.startsWith(folder));
  for (const [file] of loaded) delete require.cache[file];
  const juggler = require('juggler-6');
  for (const [file, module] of loaded) require.cache[file] = module;
  return juggler;
}
