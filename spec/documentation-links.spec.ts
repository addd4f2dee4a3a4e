import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';

const ROOT = path.resolve(__dirname, '../..');
const PAGES = [
  ...readdirSync(ROOT),
  ...['docs', 'examples'].flatMap(folder =>
    readdirSync(path.join(ROOT, folder), {recursive: true, encoding: 'utf8'}).map(file => path.join(folder, file)),
  ),
].filter(file => file.endsWith('.md') && !file.includes('node_modules'));

/** As GitHub makes them. */
const anchorsOf = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('The documentation', () => {
  for (const page of PAGES) {
    const markdown = readFileSync(path.join(ROOT, page), 'utf8');

    it(`${page}: its links lead somewhere`, () => {
      for (const [, target] of markdown.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file, anchor] = target.split('#');
        const to = file ? path.resolve(ROOT, path.dirname(page), file) : path.join(ROOT, page);
        expect(existsSync(to), `${target} is there`).to.equal(true);
        if (anchor) expect(anchorsOf(readFileSync(to, 'utf8')), target).to.include(anchor);
      }
    });

    it(`${page}: its headings stand apart from what is before them`, () => {
      // a line of # in a block of code is a comment
      const text = markdown.replace(/^```[\s\S]*?^```/gm, '');
      expect(text.match(/^.+\n#+ .*$/gm)).to.equal(null);
    });
  }
});
