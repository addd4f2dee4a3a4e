import {InvalidOptionError} from '../scoped-registry/errors';
import {commonJsModule, type Juggler, type ModelClass, type StockModelBuilder} from '../scoped-registry/juggler/types';
import type {RemoteModel} from './remote-hooks';

/** LoopBack's registry of models. All applications that are made without `localRegistry` share one. */
export interface Registry {
  readonly modelBuilder: StockModelBuilder;
  getModelByType(type: string | Function): ModelClass;
}

export interface PersistedModel extends ModelClass {
  enableChangeTracking(): void;
  rectifyAllChanges(callback: (error?: unknown) => void): void;
  handleChangeError(error: unknown, action: string): void;
}

/** The part of `require('loopback')`, version 3, that this library uses. */
export interface LoopBack {
  readonly registry: Registry;
  readonly Model: RemoteModel;
  readonly PersistedModel: PersistedModel;
  readonly DataSource: new (settings: object) => {juggler: Juggler};
}

/**
 * Returns the copy of juggler that this LoopBack uses. LoopBack 3 does not export it, but each of its datasources has it as
 * the property `juggler`.
 * @param loopback what `require('loopback')` or an `import` of it returns
 * @throws InvalidOptionError `INVALID_OPTION` for anything but LoopBack 3
 */
export function jugglerOf(loopback: unknown): Juggler {
  const {version, DataSource} = Object(commonJsModule(loopback)) as Partial<LoopBack> & {version?: unknown};
  if (!String(version).startsWith('3.') || typeof DataSource !== 'function') {
    throw new InvalidOptionError("Pass LoopBack 3 itself: install(require('loopback'), {registries}).");
  }
  return new DataSource({}).juggler;
}
