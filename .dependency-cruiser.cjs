/**
 * Arrows point one way: integrations → lifecycle → scoped-registry → juggler. Inside the two folders the rooms have an order too, from
 * the top down: a room imports only from rooms below it. Imports of types count.
 */
const SCOPED_REGISTRY = [
  'install',
  'scoped-juggler',
  'datasource',
  'builder',
  'binding',
  'registry',
  'classes',
  'operations',
  'ownership',
  'structure',
  'juggler',
  'tenant-code',
  'package-copy',
  'primitives',
  'option-checks',
  'got',
  'debug-log',
  'errors',
];
const LIFECYCLE = [
  'memory',
  'datasources',
  'scoped-classes',
  'tenant-registries',
  'tenant-stats',
  'tenant-registries-options',
  'leaving',
  'generations',
  'context',
  'tenant',
  'time',
  'limits',
  'warning',
];

/** A rule for each room: no import from it to a room above. */
function downwards(folder, rooms) {
  return rooms.slice(1).map((room, index) => ({
    name: `${folder}/${room}-imports-downwards`,
    severity: 'error',
    from: {path: `^lib/${folder}/${room}(/|\\.ts)`},
    to: {path: `^lib/${folder}/(${rooms.slice(0, index + 1).join('|')})(/|\\.ts)`},
  }));
}

/** A file or folder of its own name that no rule knows. */
function known(folder, rooms) {
  return {
    name: `${folder}-has-a-place-for-each-room`,
    severity: 'error',
    from: {path: `^lib/${folder}/(?!(${rooms.join('|')})(/|\\.ts))`},
    to: {},
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      // but for one: the public keys of loopback4 name the type of the component that is bound by them
      comment: 'Imports of types count.',
      severity: 'error',
      from: {pathNot: '^lib/loopback4/keys'},
      to: {circular: true, viaOnly: {pathNot: '^lib/loopback4/keys'}},
    },
    ...downwards('scoped-registry', SCOPED_REGISTRY),
    known('scoped-registry', SCOPED_REGISTRY),
    ...downwards('lifecycle', LIFECYCLE),
    known('lifecycle', LIFECYCLE),
    {
      name: 'scoped-registry-knows-nothing-above',
      severity: 'error',
      from: {path: '^lib/scoped-registry'},
      to: {path: '^lib/(?!scoped-registry)'},
    },
    {
      name: 'scoped-registry-knows-no-time-context-or-network',
      severity: 'error',
      from: {path: '^lib/scoped-registry'},
      to: {path: '^(node:)?(async_hooks|perf_hooks|timers|net|http|https|dns|tls|worker_threads)'},
    },
    {
      name: 'lifecycle-knows-no-integration',
      severity: 'error',
      from: {path: '^lib/lifecycle'},
      to: {path: '^lib/(?!lifecycle|scoped-registry)'},
    },
    {
      name: 'the-index-is-for-users',
      severity: 'error',
      from: {path: '^lib/(lifecycle|scoped-registry)'},
      to: {path: '^lib/index'},
    },
    {
      name: 'http-knows-no-framework',
      severity: 'error',
      from: {path: '^lib/http'},
      to: {path: '^(lib/(?!http|lifecycle|scoped-registry)|node_modules)'},
    },
    {
      name: 'loopback-4-is-for-its-own-users',
      severity: 'error',
      from: {path: '^lib', pathNot: '^lib/loopback4'},
      to: {path: 'node_modules/@loopback/'},
    },
    {
      // the build makes two files of that folder, which contain packages that are not installed with the library
      name: 'no-library-module-imports-the-command-line',
      severity: 'error',
      from: {path: '^lib/(?!simulate)'},
      to: {path: '^lib/simulate'},
    },
    {name: 'no-orphans', severity: 'error', from: {orphan: true, path: '^lib', pathNot: '\\.d\\.ts$'}, to: {}},
    {
      name: 'runtime-dependencies-are-declared',
      severity: 'error',
      from: {path: '^lib', pathNot: '^lib/simulate'},
      to: {dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'loopback-datasource-juggler|@loopback/'},
    },
  ],
  options: {tsPreCompilationDeps: true, tsConfig: {fileName: 'tsconfig.json'}, doNotFollow: {path: 'node_modules'}},
};
