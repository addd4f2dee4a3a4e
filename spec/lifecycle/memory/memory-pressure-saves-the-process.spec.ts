import {execFile} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import type {MemoryRelief} from '../../../lib/index';
import {isLong} from '../../support/long-form';

/** The heap, and what does not fit into it: classes alone take long to fill one, so those of the short form are larger. */
const [MEGABYTES, TENANTS, MODELS, ENTRIES] = isLong ? [64, 400, 20, 0] : [32, 100, 2, 10_000];
const LOAD = path.join(__dirname, '../../support/tenants-under-load.js');

interface Outcome {
  readonly ended: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function serve(tenants: number, ...more: string[]): Promise<Outcome> {
  const args = [`--max-old-space-size=${MEGABYTES}`, LOAD, ...[tenants, MODELS, ENTRIES].map(String), ...more];
  return new Promise(resolve => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ended: error ? (error.signal ?? error.code ?? 'failed') : 0, stdout, stderr}),
    );
  });
}

describe('A service whose tenants do not fit into the heap', function () {
  // a process that defines thousands of models while its heap is nearly full
  this.timeout(isLong ? 300_000 : 120_000);

  it('dies of its load without MemoryPressure', async () => {
    // more of them take no longer: it dies when the heap is full
    const {ended, stdout, stderr} = await serve(2 * TENANTS);
    expect(stderr).to.match(/JavaScript heap out of memory/);
    expect(ended).to.be.oneOf(['SIGABRT', 134]);
    expect(stdout).not.to.contain('served');
  });

  it('serves the whole load with it, shed tenants again too', async () => {
    const {ended, stdout, stderr} = await serve(TENANTS, 'watched');
    expect([ended, stderr]).to.deep.equal([0, '']);
    const {served, shed, servedAgain, reliefs} = JSON.parse(stdout);
    expect(served).to.equal(2 * TENANTS);
    expect(shed).to.be.at.least(TENANTS / 4);
    expect(servedAgain).to.be.at.least(TENANTS / 4);
    for (const {usedBefore, usedAfter, limit} of reliefs as MemoryRelief[]) {
      expect(limit).to.equal(MEGABYTES * 2 ** 20);
      expect(usedBefore).to.be.above(0.85 * limit);
      expect(usedAfter).to.be.at.most(0.7 * limit);
    }
  });
});
