import {judge, ROWS, type Bound, type Row, type RowId, type Unit, type Verdict} from './bounds';
import type {Measurement} from './measurement';

/** One line of the table. */
export interface Result {
  readonly id: RowId;
  readonly row: Row;
  readonly measured: Measurement;
  readonly verdict: Verdict;
}

export function resultOf(id: RowId, measured: Measurement, short: boolean): Result {
  return {id, row: ROWS[id], measured, verdict: judge(ROWS[id], measured, short)};
}

export const HEAD = ['work', 'stock', 'ours', 'ratio', 'bound', ''] as const;

export function cells({row, measured, verdict}: Result): string[] {
  const {met, bound} = verdict;
  const {ratio} = measured;
  return [
    row.work,
    quantity(measured.stock, row.unit),
    quantity(measured.ours, row.unit),
    ratio === undefined ? '–' : proportion(ratio),
    bound ? limit(bound, row.unit) : '–',
    met === undefined ? '' : met ? 'ok' : 'MISSED',
  ];
}

export function quantity(value: number | 'died' | undefined, unit: Unit): string {
  if (value === undefined) return '–';
  if (value === 'died') return 'dies';
  if (unit === 'bytes') return value < 100_000 ? `${whole(value)} B` : `${(value / 2 ** 20).toFixed(1)} MB`;
  return `${Math.abs(value) >= 100 ? whole(value) : value.toPrecision(3)} ${unit}`;
}

function limit({of, atMost, atLeast}: Bound, unit: Unit): string {
  const written = (value: number) => {
    if (of === 'ratio') return proportion(value);
    return unit === 'bytes' ? quantity(value, unit) : `${value} ${unit}`;
  };
  return [atMost !== undefined ? `≤ ${written(atMost)}` : '', atLeast !== undefined ? `≥ ${written(atLeast)}` : ''].join('');
}

/** Writes a ratio below one half as a fraction, `1/20`, as the bounds are written. */
function proportion(value: number): string {
  const number = (digits: number) => String(Number(digits.toFixed(digits < 10 ? 2 : 1)));
  return value > 0 && value <= 0.5 ? `1/${number(1 / value)}` : `${number(value)} ×`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
