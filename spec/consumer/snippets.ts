import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {codeBySteps} from '../guides/page-code';

const ROOT = path.resolve(__dirname, '../../..');

/** A block of code of a document, as TypeScript that an application may have. */
export interface Snippet {
  /** Its document and its number there. */
  readonly name: string;
  /** The whole file, with `import` and `export`. */
  readonly code: string;
}

/**
 * What the reader knows when he comes to a block of code, in a comment before the block that no reader sees:
 *
 *     <!-- known:
 *     declare const host: string;
 *     class Application extends RestApplication { setUp() {
 *     …
 *     }}
 *     -->
 *
 * The block takes the place of the line `…`, or comes last. A line `tenant: string` gives parameters and variables of that name their type.
 */
const BLOCK = /^(?:<!-- known:\n([\s\S]*?)-->\n+)?( *)```(js|ts|diff)\n([\s\S]*?)^ *```$/gm;

/** All blocks of code of the README and of docs/. A page that goes on by diffs gives its whole code after each of them. */
export function snippets(): Snippet[] {
  const pages = readdirSync(path.join(ROOT, 'docs'), {recursive: true, encoding: 'utf8'})
    .filter(file => file.endsWith('.md'))
    .map(file => path.join('docs', file))
    .sort();
  return ['README.md', ...pages].flatMap(snippetsOf);
}

function snippetsOf(page: string): Snippet[] {
  const blocks = [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(BLOCK)];
  // diffs go on from a block of code, if there is one
  const steps = blocks[0]?.[3] === 'diff' ? undefined : codeBySteps(path.join(ROOT, page));
  let known = '';
  return blocks.map(([, ownKnown, indentation, language, block], index) => {
    if (ownKnown !== undefined || language !== 'diff') known = ownKnown ?? '';
    let code = block.replaceAll(new RegExp(`^${indentation}`, 'gm'), '');
    if (language === 'diff') code = steps ? steps[index] : added(code);
    return {
      name: `${page.replace(/\.md$/, '')}-${index + 1}`.replace(/^docs\//, '').replaceAll('/', '-'),
      code: asModule(code, known),
    };
  });
}

/** The lines that a diff adds. */
function added(diff: string): string {
  return diff
    .split('\n')
    .filter(line => line.startsWith('+'))
    .map(line => `${line.slice(1)}\n`)
    .join('');
}

const IMPORT = /^(?:import .* from '.*'|const (.*) = require\(('.*?')\));.*\n/gm;

function asModule(code: string, known: string): string {
  const types = [...known.matchAll(/^(\w+): (.*)\n/gm)];
  const surroundings = known.replaceAll(/^\w+: .*\n/gm, '');
  const imports: string[] = [];
  let body = code
    .replaceAll(IMPORT, (statement: string, names?: string, from?: string) => {
      // a file of the reader's own is known
      if (!from?.startsWith("'.")) imports.push(names && from ? importOf(names, from) : statement);
      return '';
    })
    .replaceAll(/\brequire\(('.*?')\)/g, (_, from: string) => {
      imports.push(importOf('required', from));
      return 'required';
    });
  for (const [, name, type] of types)
    body = body
      .replaceAll(new RegExp(`(\\bfunction \\w+\\(|\\bconst )${name}\\b`, 'g'), `$1${name}: ${type}`)
      .replaceAll(new RegExp(` = ${name} =>`, 'g'), ` = (${name}: ${type}) =>`);
  body = body.replace(/^module\.exports = /m, 'export default ');
  // a file that is compiled to CommonJS has no `await` and no `using` outside functions
  if (/^(await|.* = await|using) /m.test(body)) body = `export async function main() {\n${body}}\n`;
  const before = surroundings.replaceAll(IMPORT, (statement: string) => {
    imports.push(statement);
    return '';
  });
  const [start, end = ''] = before.split(/^…\n/m);
  return `${imports.join('')}${start}${body}${end}\nexport {};\n`;
}

function importOf(names: string, from: string): string {
  // juggler's own types declare no default export
  if (names.startsWith('{')) return `import ${names.replaceAll(': ', ' as ')} from ${from};\n`;
  return `import ${from.includes('juggler') ? '* as ' : ''}${names} from ${from};\n`;
}
