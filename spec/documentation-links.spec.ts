import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {anchorsOf, faultOf, linksOf} from './support/document-links';

const ROOT = path.resolve(__dirname, '../..');
const REPOSITORY = 'https://github.com/loopback-scoped-registry/loopback-scoped-registry';
const PAGES = [
  ...readdirSync(ROOT),
  ...['docs', 'examples', 'bench'].flatMap(folder =>
    readdirSync(path.join(ROOT, folder), {recursive: true, encoding: 'utf8'}).map(file => path.join(folder, file)),
  ),
].filter(file => file.endsWith('.md') && !file.includes('node_modules'));

// installed-package.spec.ts opens the links of what npm publishes
describe('The documentation', () => {
  for (const page of PAGES) {
    const markdown = readFileSync(path.join(ROOT, page), 'utf8');

    it(`${page}: its links lead somewhere`, () => {
      const dead = linksOf(markdown).map(link => [link, faultOf(link, page, ROOT)]);
      expect(dead.filter(([, fault]) => fault)).to.deep.equal([]);
    });

    it(`${page}: its headings stand apart from what is before them`, () => {
      // a line of # in a block of code is a comment
      const text = markdown.replace(/^```[\s\S]*?^```/gm, '');
      expect(text.match(/^.+\n#+ .*$/gm)).to.equal(null);
    });
  }
});

describe('A link', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'links-'));
    mkdirSync(path.join(folder, 'docs'));
    writeFileSync(
      path.join(folder, 'README.md'),
      '# Title\n\n## It’s `done`: yes\n\n## Twice\n\n```sh\n# a comment\n```\n\n## Twice\n',
    );
  });
  after(() => rmSync(folder, {recursive: true}));

  it('is found however it is written, and not in code', () => {
    const markdown = [
      'a [link](one.md) ![image](two.png "title") [angles](<three.md>) [reference][r] <https://four.example>',
      '<img src="five.svg"> <a href="six.md">six</a> `[code](no.md)`',
      '',
      '[r]: seven.md',
      '```md\n[code](no.md)\n```',
    ].join('\n');
    const found = ['one.md', 'two.png', 'three.md', 'seven.md', 'https://four.example', 'five.svg', 'six.md'];
    expect(linksOf(markdown)).to.deep.equal(found);
  });

  it('may name a heading, by the name that GitHub gives it', () => {
    expect(anchorsOf(readFileSync(path.join(folder, 'README.md'), 'utf8'))).to.deep.equal([
      'title',
      'its-done-yes',
      'twice',
      'twice-1',
    ]);
  });

  const rows: Record<string, string | undefined> = {
    '../README.md': undefined,
    '../README.md#twice-1': undefined,
    '../README.md#a-comment': 'no such heading',
    'guide.md': 'not there',
    '../../examples/compat.js': 'outside the package',
    [`${REPOSITORY}/blob/main/examples/compat.js`]: undefined,
    [`${REPOSITORY}/blob/main/examples/compat.js#L1-L2`]: undefined,
    [`${REPOSITORY}/blob/main/examples/compat.js#start`]: 'an anchor of no page',
    [`${REPOSITORY}/tree/main/examples`]: undefined,
    [`${REPOSITORY}/blob/main/examples`]: 'a blob is something else',
    [`${REPOSITORY}/tree/main/examples/compat.js`]: 'a tree is something else',
    [`${REPOSITORY}/blob/main/examples/gone.js`]: 'not in the repository',
    [`${REPOSITORY}/blob/main/README.md#examples`]: undefined,
    [`${REPOSITORY}/blob/main/README.md#gone`]: 'no such heading',
    [`${REPOSITORY}/issues`]: 'no file and no folder of the main branch',
    'https://www.npmjs.com/package/debug': undefined,
    'http://www.npmjs.com/package/debug': 'no https address',
    'https://': 'no https address',
  };
  for (const [link, fault] of Object.entries(rows))
    it(`${link} is ${fault ?? 'good'}`, () => expect(faultOf(link, 'docs/page.md', folder)).to.equal(fault));
});
