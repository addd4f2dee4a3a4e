import {expect} from 'chai';
import {judge, MARGIN, ROWS, type Bound, type Row, type Unit} from '../../bench/bounds';
import {GROUPS} from '../../bench/groups';
import {growth} from '../../bench/growth';
import {measurementOf, median, type Sampled} from '../../bench/measurement';
import {cells, resultOf} from '../../bench/result';

/** One sample of each side. */
const measured = ({stock, ours}: {stock?: number | 'died'; ours: number | 'died'}) => {
  const sampled = (value: number | 'died' | undefined): Sampled =>
    value === undefined ? [] : value === 'died' ? 'died' : [value];
  return measurementOf(sampled(stock), sampled(ours));
};
const row = (bound: Bound | undefined, unit: Unit = 'µs'): Row => ({work: 'work', unit, bound});

describe('A bound of the benchmark', () => {
  it('on our own figure is met up to and including the bound, and does not depend on stock', () => {
    const bound = row({of: 'ours', atMost: 5});
    for (const [ours, met] of [
      [4, true],
      [5, true],
      [5.001, false],
    ] as const) {
      expect(judge(bound, measured({ours})).met, String(ours)).to.equal(met);
      expect(judge(bound, measured({ours, stock: 1})).met, String(ours)).to.equal(met);
      expect(judge(bound, measured({ours, stock: 'died'})).met, String(ours)).to.equal(met);
    }
  });

  it('on the ratio compares our figure divided by that of stock', () => {
    const bound = row({of: 'ratio', atMost: 1 / 20});
    expect(judge(bound, measured({stock: 100, ours: 5})).met).to.equal(true);
    expect(judge(bound, measured({stock: 100, ours: 5.1})).met).to.equal(false);
    // The ratio must not be turned round.
    expect(judge(bound, measured({stock: 5, ours: 100})).met).to.equal(false);
  });

  it('with a minimum is missed by a smaller figure', () => {
    const bound = row({of: 'ratio', atLeast: 1});
    expect(judge(bound, measured({stock: 1000, ours: 1001})).met).to.equal(true);
    expect(judge(bound, measured({stock: 1000, ours: 1000})).met).to.equal(true);
    expect(judge(bound, measured({stock: 1000, ours: 999})).met).to.equal(false);
  });

  it('is missed by a figure that was not measured, and by a process that ran out of memory', () => {
    for (const bound of [
      {of: 'ours', atMost: 5},
      {of: 'ratio', atMost: 5},
      {of: 'ratio', atLeast: 1},
    ] as const) {
      for (const ours of [NaN, 'died'] as const) expect(judge(row(bound), measured({stock: 1, ours})).met).to.equal(false);
    }
    expect(judge(row({of: 'ratio', atMost: 5}), measured({stock: 'died', ours: 1})).met).to.equal(false);
    expect(judge(row({of: 'ratio', atMost: 5}), measured({ours: 1})).met).to.equal(false);
  });

  it('may be met by a negative figure: a heap that has shrunk', () => {
    expect(judge(row({of: 'ours', atMost: 5}, '%'), measured({stock: 'died', ours: -1})).met).to.equal(true);
  });

  it('that is missing gives no verdict', () => {
    expect(judge(row(undefined), measured({stock: 2, ours: 3}))).to.deep.equal({});
  });

  it('is relaxed in a short run by the margin of its unit', () => {
    const time = row({of: 'ours', atMost: 5}, 'ms');
    expect(judge(time, measured({ours: 10}), true)).to.deep.include({met: true, bound: {of: 'ours', atMost: 10}});
    expect(judge(time, measured({ours: 10.1}), true).met).to.equal(false);
    const heap = row({of: 'ratio', atMost: 1 / 10}, 'bytes');
    expect(judge(heap, measured({stock: 1000, ours: 125}), true).met).to.equal(true);
    expect(judge(heap, measured({stock: 1000, ours: 126}), true).met).to.equal(false);
    const rate = row({of: 'ratio', atLeast: 1}, 'ops/s');
    expect(judge(rate, measured({stock: 1000, ours: 500}), true).met).to.equal(true);
    expect(judge(rate, measured({stock: 1000, ours: 499}), true).met).to.equal(false);
  });

  it('has a margin of 2 for time and of 1.25 for memory', () => {
    expect(MARGIN).to.deep.equal({bytes: 1.25, ms: 2, µs: 2, 'ops/s': 2, '%': 2});
  });
});

describe('The rows of the benchmark', () => {
  it('are each measured by one group', () => {
    const measured = Object.values(GROUPS).flatMap(({rows}) => rows);
    expect(measured).to.have.ordered.members(Object.keys(ROWS));
  });

  it('have these bounds', () => {
    const bounds = Object.entries<Row>(ROWS).map(([id, {bound}]) => [id, bound && {...bound}]);
    expect(Object.fromEntries(bounds)).to.deep.equal({
      'embedded-bytes': {of: 'ours', atMost: 1152},
      'embedded-bytes-used': undefined,
      'webhook-heap': {of: 'ratio', atMost: 1 / 20},
      'webhook-time': {of: 'ratio', atMost: 1 / 8},
      'webhook-heap-used': undefined,
      'webhook-time-used': undefined,
      'named-heap': {of: 'ratio', atMost: 1 / 10},
      'named-time': {of: 'ratio', atMost: 1 / 5},
      'named-heap-used': undefined,
      'named-time-used': undefined,
      'datasource-heap': {of: 'ratio', atMost: 1 / 10},
      'datasource-time': {of: 'ratio', atMost: 1 / 5},
      'datasource-heap-used': undefined,
      'datasource-time-used': undefined,
      resolve: {of: 'ours', atMost: 10},
      'for-hit': {of: 'ours', atMost: 0.3},
      'context-run': {of: 'ratio', atMost: 2},
      create: {of: 'ratio', atLeast: 1},
      find: {of: 'ratio', atLeast: 1},
      update: {of: 'ratio', atLeast: 1},
      'context-create': undefined,
      'context-find': undefined,
      'context-update': undefined,
      'compat-find': {of: 'ours', atMost: 0.6},
      'compat-owner': {of: 'ours', atMost: 1.8},
      'tenants-resolve': {of: 'ratio', atMost: 1.3},
      'tenants-for': {of: 'ratio', atMost: 1.3},
      'tenants-offboard': {of: 'ratio', atMost: 1.3},
      'chosen-names': {of: 'ratio', atMost: 2},
      'chosen-names-others': {of: 'ratio', atMost: 2},
      'lru-churn': {of: 'ours', atMost: 5},
      'road-heap-shared': {of: 'ratio', atMost: 1 / 20},
      'road-heap-tenant': undefined,
      'road-first-shared': undefined,
      'road-first-tenant': undefined,
      'road-rate-none': undefined,
      'road-rate-dynamic': undefined,
      'road-p99-none': undefined,
    });
  });

  it('show both figures, the ratio, the bound and whether it is met', () => {
    expect(cells(resultOf('webhook-heap', measured({stock: 94 * 2 ** 20, ours: 4.7 * 2 ** 20}), false))).to.deep.equal([
      'webhook payloads: heap per tenant',
      '94.0 MB',
      '4.7 MB',
      '1/20',
      '≤ 1/20',
      'ok',
    ]);
    expect(cells(resultOf('for-hit', measured({stock: 42, ours: 0.612}), false)).slice(1)).to.deep.equal([
      '42.0 µs',
      '0.612 µs',
      '1/68.6',
      '≤ 0.3 µs',
      'MISSED',
    ]);
    expect(cells(resultOf('create', measured({stock: 14_404, ours: 13_404}), false)).slice(3)).to.deep.equal([
      '0.93 ×',
      '≥ 1 ×',
      'MISSED',
    ]);
    expect(cells(resultOf('lru-churn', measured({stock: 'died', ours: 0.5}), false)).slice(1)).to.deep.equal([
      'dies',
      '0.500 %',
      '–',
      '≤ 5 %',
      'ok',
    ]);
  });
});

describe('The arithmetic of the benchmark', () => {
  it('takes the median of the samples in any order', () => {
    expect(median([9, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 100])).to.equal(3);
    expect(median([10, 9, 100])).to.equal(10);
  });

  it('takes the ratio pair by pair, so that a machine that changes its speed does not distort it', () => {
    const {stock, ours, ratio} = measurementOf([10, 20, 20], [9, 9, 18]);
    expect([stock, ours, ratio]).to.deep.equal([20, 9, 0.9]);
  });

  it('has no ratio without a figure of stock, or when a process ran out of memory', () => {
    expect(measurementOf([], [1, 2, 3])).to.deep.equal({ours: 2});
    expect(measurementOf('died', [1])).to.deep.equal({stock: 'died', ours: 1});
    expect(measurementOf([1], 'died')).to.deep.equal({stock: 1, ours: 'died'});
    expect(measurementOf([1], [])).to.deep.equal({stock: 1, ours: NaN});
  });

  it('takes the growth from a line fitted through all values, so that no single value decides', () => {
    const approximately = (values: number[], expected: number) => expect(growth(values)).to.be.closeTo(expected, 1e-9);
    approximately([100, 100, 100], 0);
    // from 95 to 105
    approximately([95, 100, 105], 10);
    approximately([105, 100, 95], -10);
    approximately([100, 130, 100], 0);
  });
});
