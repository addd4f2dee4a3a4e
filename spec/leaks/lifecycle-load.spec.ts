import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {seed} from '../support/assert-property';
import {isLong} from '../support/long-form';
import type {TrafficResult} from '../support/traffic';

/** Seconds of traffic. LOAD_VERBOSE prints what was done. */
const SECONDS = Number(process.env.LOAD_SECONDS ?? (isLong ? 30 : 2));

/** In a process of its own: everything that lives there is counted. */
async function traffic(): Promise<TrafficResult> {
  const script = `require(${JSON.stringify(path.join(__dirname, '../support/traffic.js'))})
    .trafficUnderLifecycles(${SECONDS * 1_000}, ${seed}).then(result => console.log(JSON.stringify(result)))`;
  // V8's concurrent compiler holds the classes that it works on
  const {stdout} = await promisify(execFile)(process.execPath, ['--no-concurrent-recompilation', '-e', script]);
  return JSON.parse(stdout) as TrafficResult;
}

describe(`Load: 200 tenants come, work, are let go and come back for ${SECONDS} s`, () => {
  it(`and no tenant gets another’s classes, no work is lost, no class is left (SEED=${seed})`, async function () {
    // until everything has happened, and then V8 counts
    this.timeout(SECONDS * 10_000 + 60_000);
    const result = await traffic();
    if (process.env.LOAD_VERBOSE) console.log(JSON.stringify(result, null, 2));
    expect(result.problems, `SEED=${seed}`).to.deep.equal([]);
    // each thing that can happen has happened
    for (const [what, times] of Object.entries(result.done)) expect(times, what).to.be.above(0);
  });
});
