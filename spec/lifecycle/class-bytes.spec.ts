import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {isLong} from '../support/long-form';
import {ROWS} from './measured-classes';

/** The rows that the short form measures for a single tenant too. Each measurement is a process. */
const ALONE_IN_SHORT = ['embedded', 'named, read', 'on a datasource'];

interface Answer {
  readonly measured: number;
  readonly inspected: readonly number[];
  readonly listed: readonly number[];
  readonly bytesPerTenant: number;
}

function measure(row: string, tenants: number): Answer {
  const args = [
    '--expose-gc',
    '--disable-warning=ExperimentalWarning',
    path.join(__dirname, 'measured-classes.js'),
    row,
    String(tenants),
  ];
  return JSON.parse(execFileSync(process.execPath, args, {encoding: 'utf8'})) as Answer;
}

describe('The bytes that snapshots reckon for the classes of a tenant are near those that the heap has, by a factor of at most 1.5,', function () {
  this.timeout(60_000);

  for (const row of Object.keys(ROWS))
    for (const tenants of isLong || ALONE_IN_SHORT.includes(row) ? [1, 10] : [10])
      it(`for some hundred classes of ${tenants === 1 ? 'one tenant' : `${tenants} tenants with the same models`}: ${row}`, () => {
        const {measured, inspected, listed, bytesPerTenant} = measure(row, tenants);
        const bytes = inspected.reduce((sum, each) => sum + each, 0);
        expect(bytes / measured, `${bytes} reckoned, ${measured} measured`).to.be.within(1 / 1.5, 1.5);
        expect(listed).to.have.members(inspected);
        expect(bytesPerTenant).to.equal(Math.round(bytes / tenants));
      });
});
