import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {expect} from 'chai';
import {codeBySteps} from './page-code';

const PAGE = path.resolve(__dirname, '../../../docs/guides/from-a-leaking-service.md');

/** The rows of the page's table: a step, and the classes after each part of the day. */
const ROWS = [...readFileSync(PAGE, 'utf8').matchAll(/^\| ([^|]+?) \|((?: [\d,]+ \|)+)$/gm)].map(([, step, counts]) => ({
  step,
  counts: counts.match(/[\d,]+/g)!.map(count => Number(count.replace(',', ''))),
}));

async function measure(code: string): Promise<number[]> {
  const args = [
    '--no-concurrent-recompilation',
    '--disable-warning=ExperimentalWarning',
    path.join(__dirname, 'measured-service.js'),
  ];
  const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.end(code);
  return JSON.parse(await text(child.stdout)) as number[];
}

describe('From a leaking service, as the guide says,', function () {
  // each in a process of its own, with a day of a service
  this.timeout(60_000);
  const steps = codeBySteps(PAGE);

  it('each step of the page shows its code and its figures', () => {
    expect(steps).to.have.lengthOf(ROWS.length);
    for (const {counts} of ROWS) expect(counts).to.have.lengthOf(4);
  });

  ROWS.forEach(({step, counts}, index) => {
    it(`${step}: ${counts.join(', ')} classes`, async () => {
      expect(await measure(steps[index])).to.deep.equal(counts);
    });
  });
});
