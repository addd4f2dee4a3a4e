import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';

const root = path.resolve(__dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

describe('The snippets of the README', () => {
  const snippets = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

  it('are one for each way in, one for datasources and one for work in flight', () => {
    expect(snippets).to.have.lengthOf(5);
  });

  const outputs = [
    "[ 'Customer', 'AnonymousModel_0', 'Order' ]\n2\n",
    'true\n',
    'acme has left with 1 models\n1 1 0\nTENANT_OFFBOARDED\n',
    'NO_TENANT\ndb-of-acme\nTENANT_MISMATCH\n',
    '2 1\n1 0\n',
  ];
  outputs.forEach((output, index) => {
    it(`run: number ${index + 1}`, () => {
      expect(execFileSync(process.execPath, ['-e', snippets[index]], {cwd: root, encoding: 'utf8'})).to.equal(output);
    });
  });

  it('name every limit with its default', () => {
    for (const text of ['`max` | 500', '`maxModels` | 50,000', '`idleTtl` | 30 min', '`maxTombstones` | 10,000']) {
      expect(readme).to.contain(text);
    }
  });
});
