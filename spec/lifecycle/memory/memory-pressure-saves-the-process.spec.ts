import {execFile} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import type {MemoryRelief} from '../../../lib/index';

const LOAD = path.join(__dirname, '../../support/tenants-under-load.js');

interface Outcome {
  readonly ended: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function serve(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, ['--max-old-space-size=64', LOAD, ...args], (error, stdout, stderr) =>
      resolve({ended: error ? (error.signal ?? error.code ?? 'failed') : 0, stdout, stderr}),
    );
  });
}

describe('A service whose tenants do not fit into the heap', () => {
  it('dies of its load without MemoryPressure', async () => {
    const {ended, stdout, stderr} = await serve();
    expect(stderr).to.match(/JavaScript heap out of memory/);
    expect(ended).to.be.oneOf(['SIGABRT', 134]);
    expect(stdout).not.to.contain('served');
  });

  it('serves the whole load with it, shed tenants again too', async () => {
    const {ended, stdout, stderr} = await serve('watched');
    expect([ended, stderr]).to.deep.equal([0, '']);
    const {served, shed, servedAgain, reliefs} = JSON.parse(stdout);
    expect(served).to.equal(800);
    expect(shed).to.be.at.least(100);
    expect(servedAgain).to.be.at.least(100);
    for (const {usedBefore, usedAfter, limit} of reliefs as MemoryRelief[]) {
      expect(limit).to.equal(64 * 2 ** 20);
      expect(usedBefore).to.be.above(0.85 * limit);
      expect(usedAfter).to.be.at.most(0.7 * limit);
    }
  });
});
