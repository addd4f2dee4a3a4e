import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {expect} from 'chai';

const ROOT = path.resolve(__dirname, '../../..');
const README = readFileSync(path.join(ROOT, 'examples/loopback4/README.md'), 'utf8');

describe('The example for LoopBack 4', function () {
  this.timeout(60_000);
  let app: ChildProcess;
  let lines: AsyncIterator<string>;
  let url: string;

  before(async () => {
    const tsc = require.resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', 'examples/loopback4'], {cwd: ROOT});
    app = spawn(process.execPath, ['build/examples/loopback4/index.js'], {cwd: ROOT, env: {...process.env, PORT: '0'}});
    lines = createInterface(app.stdout!)[Symbol.asyncIterator]();
    url = /http:\S+/.exec((await lines.next()).value)![0];
  });
  after(() => void app?.kill('SIGKILL'));

  const calls = [...README.matchAll(/^curl (.*)\n# (\d+) (.*)$/gm)];

  it('is asked as its README says', () => expect(calls).to.have.lengthOf(8));

  for (const [, args, status, body] of calls) {
    it(`answers curl ${args}`, async () => {
      const headers = Object.fromEntries([...args.matchAll(/-H '(.*?): (.*?)'/g)].map(([, name, value]) => [name, value]));
      const data = /-d '(.*?)'/.exec(args)?.[1];
      const method = /-X (\w+)/.exec(args)?.[1] ?? (data ? 'POST' : 'GET');
      const answer = await fetch(url + / localhost:3000(\S+)$/.exec(` ${args}`)![1], {method, headers, body: data});
      expect([answer.status, await answer.text()]).to.deep.equal([Number(status), body]);
    });
  }

  // LoopBack ends the process by the same signal once it has stopped
  it('stops by a signal', async () => {
    app.kill('SIGTERM');
    expect((await lines.next()).value).to.equal('Stopped');
    expect(await once(app, 'exit')).to.deep.equal([null, 'SIGTERM']);
  });
});
