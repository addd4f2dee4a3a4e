import {registryOf} from '../binding/builder-binding';
import {disconnectLate, swallowError} from './data-source-log';
import type {StockDataSource} from '../juggler/types';
import {END_WITH_REGISTRY, ENDED} from '../ownership/ended-event';

/** Gives a datasource the method by which its registry ends it. */
export function endWithRegistry(dataSource: StockDataSource): void {
  Object.defineProperty(dataSource, END_WITH_REGISTRY, {value: end, configurable: true});
}

/**
 * Emits ENDED and removes all listeners. The datasource may still be connecting. If that fails, the `error` event must have a listener,
 * or Node would throw it. If that succeeds, the connection must not stay open.
 */
function end(this: StockDataSource, error: () => Error): void {
  this.emit(ENDED, error());
  this.removeAllListeners();
  this.on('error', swallowError);
  this.on('connected', () => {
    try {
      // a tenant that was reinstated or rebuilt may use the datasource
      registryOf(this.modelBuilder);
    } catch {
      disconnectLate(this, 'after its registry had ended');
    }
  });
}
