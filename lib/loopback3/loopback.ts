import {InvalidOptionError} from '../scoped-registry/errors';
import type {Juggler, ModelClass, StockModelBuilder} from '../scoped-registry/juggler/types';
import type {RemoteModel} from './remote-hooks';

/** LoopBack's registry of models, of which every application without `localRegistry` uses the same one. */
export interface Registry {
  readonly modelBuilder: StockModelBuilder;
  getModelByType(type: string | Function): ModelClass;
}

export interface PersistedModel extends ModelClass {
  enableChangeTracking(): void;
  rectifyAllChanges(callback: (error?: unknown) => void): void;
  handleChangeError(error: unknown, action: string): void;
}

/** What `require('loopback')` returns, version 3. */
export interface LoopBack {
  readonly registry: Registry;
  readonly Model: RemoteModel;
  readonly PersistedModel: PersistedModel;
  readonly DataSource: new (settings: object) => {juggler: Juggler};
}

/**
 * The copy of juggler that a LoopBack works with; its exports are on each of its datasources.
 * @throws InvalidOptionError `INVALID_OPTION` where that is no LoopBack 3
 */
export function jugglerOf(loopback: unknown): Juggler {
  const {version, DataSource} = Object(loopback) as Partial<LoopBack> & {version?: unknown};
  if (!String(version).startsWith('3.') || typeof DataSource !== 'function') {
    throw new InvalidOptionError("Pass LoopBack 3 itself: install(require('loopback'), {registries}).");
  }
  return new DataSource({}).juggler;
}
