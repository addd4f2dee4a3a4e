import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';

const ROOT = path.resolve(__dirname, '../..');

/** What a reader must know before he uses a datasource for several tenants. */
const RULE = /classes\s+are\s+apart,\s+rows\s+are\s+the\s+datasource's/i;

/** Code and prose that lead to such a datasource. */
const SHOWN = [
  /modelRegistry['"]?:\s*\{\s*(registries\s*)?\}/,
  /\binstall\(\s*(juggler|loopback|require)/,
  /\bdatasources?\s+that\s+follows?\s+the\s+running\s+tenant/i,
  /`\{registries\}`/,
];

const filesIn = (folder: string, ending: RegExp) =>
  readdirSync(path.join(ROOT, folder), {recursive: true, encoding: 'utf8'})
    .map(file => path.join(folder, file))
    .filter(file => ending.test(file) && !file.includes('node_modules'));

/** The comment signs in front of the lines of a comment are not a part of its sentences. */
const textOf = (file: string) => readFileSync(path.join(ROOT, file), 'utf8').replace(/^\s*\*\s?/gm, '');
const shownAt = (text: string) => Math.min(...SHOWN.map(pattern => text.search(pattern)).map(at => (at < 0 ? Infinity : at)));

/** The first sentence of a page, or of an example, that breaks the rule; undefined where it keeps it. */
function fault(text: string): string | undefined {
  const at = shownAt(text);
  if (at === Infinity) return undefined;
  const rule = text.search(RULE);
  // in the paragraph that shows it, at the latest
  const end = text.indexOf('\n\n', at);
  return rule >= 0 && rule <= (end < 0 ? text.length : end) ? undefined : text.slice(at, at + 80);
}

describe('A document that shows one datasource for several tenants says first that it keeps classes apart, and no rows:', () => {
  const documents = ['README.md', ...filesIn('docs', /\.md$/), ...filesIn('examples', /\.(js|ts|md)$/)];
  for (const file of documents)
    if (shownAt(textOf(file)) < Infinity) it(file, () => expect(fault(textOf(file))).to.equal(undefined));

  it('which these documents are, among others', () => {
    const showing = documents.filter(file => shownAt(textOf(file)) < Infinity);
    expect(showing).to.include.members(['README.md', 'docs/guides/loopback3.md', 'examples/offboard-a-tenant.js']);
    expect(showing.length).to.be.at.least(15);
  });

  it('the comments of the classes, of their options and of install', () => {
    for (const [file, declaration] of [
      ['lib/lifecycle/scoped-classes.ts', 'export const ModelBuilder'],
      ['lib/lifecycle/scoped-classes.ts', 'export const DataSource'],
      ['lib/scoped-registry/binding/registry-binding.ts', 'export type RegistryOptions'],
      ['lib/scoped-registry/install.ts', 'export function install'],
      ['lib/loopback3/install.ts', 'export function install'],
    ]) {
      const [before] = textOf(file).split(declaration);
      expect(before.slice(before.lastIndexOf('/**')), `${file}: ${declaration}`).to.match(RULE);
    }
  });

  it('and a document that leaves it out, or says it afterwards, is found', () => {
    const code = "new DataSource({connector: 'memory', modelRegistry: {registries}});";
    const rule = "Classes are apart, rows are the datasource's.";
    expect(fault(`A page.\n\n${code}\n`)).to.be.a('string');
    expect(fault(`A page.\n\n${code}\n\n${rule}\n`)).to.be.a('string');
    expect(fault(`A page.\n\n${rule}\n\n${code}\n`)).to.equal(undefined);
    expect(fault('A page about `install(juggler, {registries})`.')).to.be.a('string');
  });
});
