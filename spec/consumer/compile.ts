import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import {snippets} from './snippets';

export const ROOT = path.resolve(__dirname, '../../..');
export const MODULES = path.join(ROOT, 'node_modules');

type Extension = '.ts' | '.cts' | '.mts';

/** A way in which a project is compiled. */
export interface Compilation {
  readonly name: string;
  readonly options: ts.CompilerOptions;
  /** Each file is compiled with each of these extensions. */
  readonly extensions: readonly Extension[];
  /** The files of project/ that need an extension of their own, which this way can compile. */
  readonly own?: readonly string[];
  /** Whether the files that use LoopBack 4 are left out. */
  readonly withoutLoopBack4?: boolean;
}

export function byNode(name: 'node16' | 'nodenext'): Compilation {
  const kind = name === 'node16' ? 'Node16' : 'NodeNext';
  return {
    name,
    options: {module: ts.ModuleKind[kind], moduleResolution: ts.ModuleResolutionKind[kind]},
    extensions: ['.cts', '.mts'],
    own: ['required.cts', 'default-imports.mts'],
  };
}

/** Packs this package as npm publishes it. Returns the path of the tarball. */
export function pack(folder: string): string {
  const args = ['pack', ROOT, '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{filename}] = JSON.parse(execFileSync('npm', args, {encoding: 'utf8'})) as [{filename: string}];
  return path.join(folder, filename);
}

/** Gives a project the packages of this checkout that it does not have. */
export function lendPackages(project: string): void {
  const modules = path.join(project, 'node_modules');
  mkdirSync(modules, {recursive: true});
  const own = new Set(readdirSync(modules));
  for (const name of readdirSync(MODULES)) if (!own.has(name)) symlinkSync(path.join(MODULES, name), path.join(modules, name));
}

/** By name, the text of each file that is compiled with the extensions of a compilation, and of each that has its own extension. */
function texts(): {readonly any: Map<string, string>; readonly own: Map<string, string>} {
  const any = new Map(snippets().map(({name, code}) => [name, code]));
  const own = new Map<string, string>();
  const folder = path.join(ROOT, 'spec/consumer/project');
  for (const file of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const [name, ...extensions] = file.split('.');
    if (extensions.join() === 'ts') any.set(name, text);
    else own.set(file, text);
  }
  return {any, own};
}

/** The libraries of the language, which all compilations have. */
const languageFiles = new Map<string, ts.SourceFile | undefined>();

/**
 * Compiles the blocks of code of all documents and the files of project/, in strict mode, and checks every declaration file that they lead
 * to in this package. Declarations of other packages have errors of their own, and are not looked at.
 * @param folder a new folder, where the project finds its packages
 * @returns the errors as text, of which each has a line of its own
 */
export function compile({options, extensions, own = [], withoutLoopBack4}: Compilation, folder: string): string[] {
  const given = texts();
  const files: string[] = [];
  mkdirSync(folder);
  const write = (file: string, text: string) => {
    files.push(path.join(folder, file));
    writeFileSync(files.at(-1)!, text);
  };
  for (const file of ['untyped.d.ts', ...own]) write(file, given.own.get(file)!);
  for (const [name, text] of given.any) {
    if (withoutLoopBack4 && /loopback4|@loopback\//.test(name + text)) continue;
    for (const extension of extensions) write(name + extension, text);
  }
  const all: ts.CompilerOptions = {
    ...options,
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [path.join(MODULES, '@types')],
  };
  const host = ts.createCompilerHost(all);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    if (path.dirname(file) !== host.getDefaultLibLocation!()) return getSourceFile(file, ...rest);
    if (!languageFiles.has(file)) languageFiles.set(file, getSourceFile(file, ...rest));
    return languageFiles.get(file);
  };
  const program = ts.createProgram({rootNames: files, options: all, host});
  const isOurs = ({fileName}: ts.SourceFile) => !/\/node_modules\/(?!loopback-scoped-registry\/)/.test(fileName);
  return [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program
      .getSourceFiles()
      .filter(isOurs)
      .flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ].map(error =>
    ts.formatDiagnostic(error, {getCanonicalFileName: String, getCurrentDirectory: () => folder, getNewLine: () => '\n'}),
  );
}
