import {registryOf} from '../binding/builder-binding';
import type {StockDataSource} from '../juggler/types';
import {END_WITH_REGISTRY, ENDED} from '../ownership/ended-event';

/** Lets a datasource end with the registry that it belongs to. */
export function endWithRegistry(dataSource: StockDataSource): void {
  Object.defineProperty(dataSource, END_WITH_REGISTRY, {value: end, configurable: true});
}

/**
 * The datasource tells its listeners and lets go of them. It may still be connecting: that it fails must not
 * be an error without a listener, and that it succeeds must not leave a connection open.
 */
function end(this: StockDataSource, error: () => Error): void {
  this.emit(ENDED, error());
  this.removeAllListeners();
  this.on('error', () => {});
  this.on('connected', () => {
    try {
      // a tenant that has come back may use it
      registryOf(this.modelBuilder);
    } catch {
      this.disconnect(() => {});
    }
  });
}
