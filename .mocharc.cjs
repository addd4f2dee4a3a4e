const glob = require('fast-glob');

/**
 * The files in the order in which the two processes take them. First come those that take long in processes of their own. They
 * leave the heap small for those that count live classes, each of which collects garbage often: a collection takes about 1 ms for
 * each MB that is alive, and the packages that the files load stay. Those that collect most come first. The last ones take a
 * moment, so that both processes end at the same time.
 */
const ORDER = [
  'simulate/cli',
  'guides/*',
  'lifecycle/class-bytes',
  'examples',
  'installed-package',
  'lifecycle/memory/memory-pressure-saves-the-process',
  'everything-goes/{mentioned-classes,one-kept-class,work-in-flight}',
  'scoped-registry/builder/every-way-to-make-a-class',
  'lifecycle/{races,generations/finding-leaks,context/context-holds-nothing}',
  'leaks/*',
  'everything-goes/*',
  'lifecycle/**/*',
  '{scoped-registry,compat,http}/**/*',
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
