/** Arrows point one way: integrations → lifecycle → scoped-registry → juggler. */
module.exports = {
  forbidden: [
    {name: 'no-cycles', severity: 'error', from: {}, to: {circular: true, viaOnly: {dependencyTypesNot: ['type-only']}}},
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
