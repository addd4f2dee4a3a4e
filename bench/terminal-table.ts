import {styleText} from 'node:util';
import Table from 'cli-table3';
import {cells, HEAD, type Result} from './result';

/**
 * The table of results for the terminal.
 * @param styled whether the output may have escape sequences: true for a terminal
 */
export function terminalTable(results: readonly Result[], styled: boolean): string {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styled ? styleText(format, text, {validateStream: false}) : text;
  const table = new Table({
    head: HEAD.map(text => style('bold', text)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: {head: [], border: [], compact: true},
  });
  for (const result of results) {
    const [verdict, ...others] = cells(result).reverse();
    table.push([...others.reverse(), style(verdict === 'MISSED' ? ['red', 'bold'] : 'green', verdict)]);
  }
  return table.toString();
}
