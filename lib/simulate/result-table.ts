import {styleText} from 'node:util';
import Table from 'cli-table3';
import {LABELS} from './labels';
import type {Result} from './simulation';

/** The headings and cells of the result table, for the terminal and for the report. */
export function tableOf(results: readonly Result[]): {head: string[]; rows: string[][]} {
  return {
    head: ['', 'classes per tenant', 'heap per tenant', 'time per tenant', 'classes left', 'should be left'],
    rows: results.map(result => [
      LABELS[result.implementation],
      count(result.classesPerTenant),
      size(result.heapPerTenant),
      `${result.timePerTenant.toFixed(result.timePerTenant < 10 ? 1 : 0)} ms`,
      count(result.classesLeft),
      count(result.classesExpected),
    ]),
  };
}

/**
 * The result table for the terminal.
 * @param styled whether the output may have escape sequences: true for a terminal
 */
export function terminalTable(results: readonly Result[], styled: boolean): string {
  const {head, rows} = tableOf(results);
  // `validateStream: false`: the caller has decided already whether the stream is a terminal.
  const heading = (line: string) => (styled ? styleText('bold', line, {validateStream: false}) : line);
  const table = new Table({
    head: head.map(text => text.replace(/ (?=per |left$|be )/, '\n').replaceAll(/.+/g, heading)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: {head: [], border: []},
    chars: {mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': ''},
  });
  table.push(...rows);
  // With the lines between rows switched off, cli-table3 draws no line below the headings either. It is added here.
  const [top, ...lines] = table.toString().split('\n');
  const below = top.replaceAll('┬', '┼').replace('┌', '├').replace('┐', '┤');
  return [top, ...lines.slice(0, 2), below, ...lines.slice(2)].join('\n');
}

/**
 * One sentence that compares this library with stock juggler. Undefined when only one of them was simulated, and when no
 * ratio can be calculated.
 */
export function comparison(results: readonly Result[]): string | undefined {
  const scoped = results.find(({implementation}) => implementation === 'scoped');
  const stock = results.find(({implementation}) => implementation !== 'scoped');
  if (!scoped || !stock) return undefined;
  const parts = (['classes', 'heap', 'time'] as const).map(what => {
    const ratio = stock[`${what}PerTenant`] / scoped[`${what}PerTenant`];
    if (!(ratio > 0 && ratio < Infinity)) return undefined;
    return ratio >= 1.05 ? `1/${ratio.toFixed(1)} of the ${what}` : `${(1 / ratio).toFixed(1)} times the ${what}`;
  });
  const said = parts.filter(part => part !== undefined);
  return said.length === 0
    ? undefined
    : `Per tenant, ${LABELS.scoped} takes ${said.join(', ')} of ${LABELS[stock.implementation]}.`;
}

/** The number of classes of offboarded tenants that this library has left alive. It must be 0. */
export function survivorsOf(results: readonly Result[]): number {
  return results
    .filter(({implementation}) => implementation === 'scoped')
    .reduce((sum, {survivors = 0, classesLeft, classesExpected}) => sum + Math.max(survivors, classesLeft - classesExpected), 0);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function size(bytes: number): string {
  const kilobytes = Math.max(0, bytes) / 1024;
  return kilobytes < 1000 ? `${kilobytes.toFixed(0)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}
