import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {expect} from 'chai';
import {itAnswersAsItsReadmeSays} from './readme-calls';

const ROOT = path.resolve(__dirname, '../../..');

/**
 * Specs of an example that is an application: started by the command in its README, asked as that says, and stopped by a signal.
 * @param folder below examples/
 */
export function itRunsAsItsReadmeSays(folder: string, calls: number): void {
  const readme = path.join(ROOT, 'examples', folder, 'README.md');
  let app: ChildProcess;
  let lines: AsyncIterator<string>;
  let url: string;

  before(async () => {
    const [, command] = /^(node \S+)$/m.exec(readFileSync(readme, 'utf8'))!;
    const [program, ...args] = command.split(' ');
    app = spawn(program, args, {cwd: ROOT, env: {...process.env, PORT: '0'}, stdio: ['ignore', 'pipe', 'inherit']});
    lines = createInterface(app.stdout!)[Symbol.asyncIterator]();
    url = /http:\S+/.exec((await lines.next()).value)![0];
  });
  after(() => void app?.kill('SIGKILL'));

  itAnswersAsItsReadmeSays(readme, calls, () => url);

  it('stops by a signal, and the process ends by itself', async () => {
    app.kill('SIGTERM');
    expect((await lines.next()).value).to.equal('Stopped');
    expect(await once(app, 'exit')).to.deep.equal([0, null]);
  });
}
