const glob = require('fast-glob');

/**
 * The files in the order in which the two processes take them. First come those that take long in processes of their own. They
 * leave the heap small for those that count live classes, each of which collects garbage often. The last ones take a moment, so
 * that both processes end at the same time.
 */
const ORDER = [
  'simulate/cli',
  'lifecycle/memory/memory-pressure-saves-the-process',
  'examples',
  'installed-package',
  'guides/*',
  '{leaks,everything-goes,lifecycle,scoped-registry,compat,http}/**/*',
  '{loopback3,loopback4}/**/*',
  '*/**/*',
  '*',
].map(pattern => `build/spec/${pattern}.spec.js`);

const SECOND = 1_000;

/** A spec that hangs fails soon. Those that need longer say so, and why. */
function timeout({RUNS, LONG}) {
  if (RUNS) return 600 * SECOND;
  return (LONG ? 60 : 20) * SECOND;
}

module.exports = {
  spec: [...new Set(ORDER.flatMap(pattern => glob.sync(pattern).sort()))],
  require: ['build/spec/support/fresh-job.js'],
  timeout: timeout(process.env),
  'node-option': ['disable-warning=ExperimentalWarning', 'no-concurrent-recompilation'],
  'forbid-only': true,
  parallel: true,
  jobs: 2,
};
