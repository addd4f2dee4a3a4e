import Table from 'cli-table3';
import {IMPLEMENTATIONS} from './implementations';
import type {Result} from './simulation';

/** The headings and cells that both the terminal and the report show. */
export function tableOf(results: readonly Result[]): {head: string[]; rows: string[][]} {
  const reference = results.find(({implementation}) => implementation !== 'scoped');
  const ratio = (result: Result, of: (result: Result) => number) =>
    reference && result.implementation === 'scoped' && of(result) > 0 ? ` (1/${(of(reference) / of(result)).toFixed(0)})` : '';
  return {
    head: ['', 'classes per tenant', 'heap per tenant', 'time per tenant', 'classes left', 'should be left'],
    rows: results.map(result => [
      IMPLEMENTATIONS[result.implementation].label,
      count(result.classesPerTenant) + ratio(result, r => r.classesPerTenant),
      megabytes(result.heapPerTenant) + ratio(result, r => r.heapPerTenant),
      `${result.timePerTenant.toFixed(0)} ms` + ratio(result, r => r.timePerTenant),
      count(result.classesLeft),
      count(result.classesExpected),
    ]),
  };
}

export function terminalTable(results: readonly Result[]): string {
  const {head, rows} = tableOf(results);
  const table = new Table({
    head,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: {head: ['bold'], border: []},
  });
  table.push(...rows);
  return table.toString();
}

/** The classes of offboarded tenants that this library left alive: what must be 0. */
export function survivorsOf(results: readonly Result[]): number {
  return results
    .filter(({implementation}) => implementation === 'scoped')
    .reduce((sum, {survivors = 0, classesLeft, classesExpected}) => sum + Math.max(survivors, classesLeft - classesExpected), 0);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
