/**
 * Compiles a project that has installed the package as users get it: every block of code of the documents, and the files of project/, by
 * each way in which TypeScript finds modules, as CommonJS and as ES modules, and with the types of each supported major of juggler.
 */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, renameSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import {byNode, compile, lendPackages, MODULES, pack, type Compilation} from './compile';

const {ModuleKind, ModuleResolutionKind: Resolution} = ts;

const COMPILATIONS: readonly Compilation[] = [
  ...[ModuleKind.CommonJS, ModuleKind.ES2022].map(module => ({
    name: `node10, ${ModuleKind[module]}`,
    options: {module, moduleResolution: Resolution.Node10},
    extensions: ['.ts'] as const,
  })),
  byNode('node16'),
  byNode('nodenext'),
  {
    name: 'bundler, ES modules',
    options: {module: ModuleKind.ESNext, moduleResolution: Resolution.Bundler},
    extensions: ['.ts'],
  },
  {
    name: 'bundler, CommonJS',
    options: {module: ModuleKind.Preserve, moduleResolution: Resolution.Bundler},
    extensions: [],
    own: ['required.cts'],
  },
  ...[3, 4, 5, 6].map(major => {
    const {options, ...nodenext} = byNode('nodenext');
    const paths = {'loopback-datasource-juggler': [path.join(MODULES, `juggler-${major}/index.d.ts`)]};
    const own = ['default-imports.mts'];
    return {...nodenext, name: `nodenext, juggler ${major}`, options: {...options, paths}, own, withoutLoopBack4: true};
  }),
];

function main(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'consumer-'));
  try {
    execFileSync('tar', ['-xzf', pack(folder)], {cwd: folder});
    lendPackages(folder);
    renameSync(path.join(folder, 'package'), path.join(folder, 'node_modules/loopback-scoped-registry'));
    for (const [index, compilation] of COMPILATIONS.entries()) {
      const start = performance.now();
      const errors = compile(compilation, path.join(folder, String(index)));
      console.log(
        `${compilation.name}: ${errors.length} errors, ${Math.round(performance.now() - start)} ms\n${errors.join('')}`,
      );
      if (errors.length > 0) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, {recursive: true});
  }
}

main();
