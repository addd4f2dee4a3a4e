import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {expect} from 'chai';
import {itAnswersAsItsReadmeSays} from '../support/readme-calls';

const ROOT = path.resolve(__dirname, '../../..');
const README = path.join(ROOT, 'examples/loopback4/README.md');

describe('The example for LoopBack 4', function () {
  // TypeScript compiles it
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

  itAnswersAsItsReadmeSays(README, 8, () => url);

  // LoopBack ends the process by the same signal once it has stopped
  it('stops on a signal', async () => {
    app.kill('SIGTERM');
    expect((await lines.next()).value).to.equal('Stopped');
    expect(await once(app, 'exit')).to.deep.equal([null, 'SIGTERM']);
  });
});
