import {tenantOf} from '../binding/builder-binding';
import {errorText, labelOf, logDataSource} from '../debug-log';
import type {StockDataSource} from '../juggler/types';

/** Returns the beginning of a line about a datasource: a string, which keeps neither the datasource nor its tenant alive. */
export function dataSourceLabel({modelBuilder, name}: StockDataSource): string {
  return labelOf(tenantOf(modelBuilder), 'datasource', name);
}

/** A listener for 'error' events, which would end the process without a listener. */
export function swallowError(this: StockDataSource, error: unknown): void {
  logDataSource(() => `${dataSourceLabel(this)}: emitted 'error': ${errorText(error)}`);
}

/**
 * Disconnects a datasource that has connected too late to be used.
 * @param when completes the sentence of the log line, such as 'after it was closed'
 */
export function disconnectLate(dataSource: StockDataSource, when: string): void {
  const label = dataSourceLabel(dataSource);
  logDataSource(() => `${label}: connected too late, ${when}; disconnecting`);
  const done = ifDisconnectFails(label);
  try {
    dataSource.disconnect(done);
  } catch (error) {
    // this runs in the connector's answer, where no code could catch it
    done(error);
  }
}

/** Logs that a disconnect has failed, with the error of the connector. */
export function logFailedDisconnect(label: string, error: unknown): void {
  logDataSource(() => `${label}: failed to disconnect: ${errorText(error)}`);
}

/** Returns the callback for a disconnect whose result no caller waits for. */
export function ifDisconnectFails(label: string): (error?: unknown) => void {
  return error => {
    if (error !== undefined && error !== null) logFailedDisconnect(label, error);
  };
}
