import {expect} from 'chai';
import {trafficUnderLifecycles} from '../support/traffic';

/**
 * Seconds of traffic; .ci/run sets 30. The traffic is random, and a failure prints its seed: LOAD_SEED sets it, LOAD_VERBOSE
 * prints what was done.
 */
const SECONDS = Number(process.env.LOAD_SECONDS ?? 4);
const SEED = Number(process.env.LOAD_SEED ?? Math.floor(Math.random() * 2 ** 32));

describe(`Load: 200 tenants come, work, are let go and come back for ${SECONDS} s`, () => {
  it(`and nothing is mixed up, lost or left (LOAD_SEED=${SEED})`, async function () {
    this.timeout(SECONDS * 1_000 + 120_000);
    const result = await trafficUnderLifecycles(SECONDS * 1_000, SEED);
    if (process.env.LOAD_VERBOSE) console.log(JSON.stringify(result, null, 2));
    expect(result.problems, `LOAD_SEED=${SEED}`).to.deep.equal([]);
    // it was traffic worth the name, and each thing that can happen has happened
    expect(result.requests).to.be.above(SECONDS * 20);
    for (const [what, times] of Object.entries(result.done)) expect(times, what).to.be.above(0);
  });
});
