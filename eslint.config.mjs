import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'dist',
      'build',
      'coverage',
      'eslint.config.mjs',
      'scripts/*.mjs',
      '.dependency-cruiser.cjs',
      '.mocharc.cjs',
      'examples',
      'spec/consumer/project',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {parserOptions: {project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname}},
    rules: {
      // juggler takes and calls functions of any kind
      '@typescript-eslint/no-unsafe-function-type': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'max-lines': ['error', {max: 300, skipBlankLines: true, skipComments: true}],
      eqeqeq: 'error',
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/scoped-registry/primitives/timers.ts', 'lib/simulate/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'].map(name => ({
          name,
          message: 'Take timers from primitives/timers.ts: a test may have replaced the global ones.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        {object: 'process', property: 'nextTick', message: 'Take nextTick from primitives/timers.ts.'},
      ],
      'no-restricted-imports': ['error', 'node:timers', 'node:timers/promises', 'timers', 'timers/promises'],
    },
  },
  {
    files: ['spec/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': 'off', // one file per behaviour
      '@typescript-eslint/no-unused-expressions': 'off', // chai
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['spec/**/*.ts'],
    ignores: ['spec/support/assert-property.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {object: 'fc', property: 'assert', message: 'assertProperty has the seed and the number of runs.'},
        {object: 'fc', property: 'check', message: 'assertProperty has the seed and the number of runs.'},
        {object: 'fc', property: 'sample', message: 'Take a property: assertProperty has the seed.'},
        {object: 'Math', property: 'random', message: 'A commit gets one answer: take the seed of assert-property.ts.'},
      ],
    },
  },
);
