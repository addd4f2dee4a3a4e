import {InvalidOptionError} from '../../scoped-registry/errors';
import type {Juggler, ModelClass, StockDataSource} from '../../scoped-registry/juggler/types';
import {ownerOf} from '../../scoped-registry/ownership/class-owner';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import type {TenantRegistries} from '../tenant-registries';

/**
 * Keeps a model from having a `getDataSource` of its own, which would bypass the route: juggler's methods ask it, and not
 * `Model.dataSource`. One that is assigned later is refused as well.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function keepGetDataSource(model: ModelClass, {ModelBaseClass}: Juggler): void {
  const refuse = (where: string) => {
    throw new InvalidOptionError(
      `Model ${model.modelName} has a getDataSource of its own${where}, which would bypass the route. Remove it, for example the mixin ` +
        'that adds it: Model.dataSource of a routed model is the running tenant’s datasource.',
    );
  };
  const base = ModelBaseClass as ModelClass;
  const places = [
    [model, base, ''],
    [model.prototype, base.prototype, ' on its prototype'],
  ] as [Record<string, unknown>, Record<string, unknown>, string][];
  for (const [place, {getDataSource}, where] of places) if (place.getDataSource !== getDataSource) refuse(where);
  for (const [place, {getDataSource}, where] of places) {
    const set = function (this: object, value: unknown): void {
      if (this === place && value !== getDataSource) refuse(where);
      // a subclass, which may have a datasource of its own
      else if (this !== place) defineOwn(this, 'getDataSource', value, true);
    };
    Object.defineProperty(place, 'getDataSource', {get: () => getDataSource, set, enumerable: true, configurable: true});
  }
}

/** @throws InvalidOptionError `INVALID_OPTION` if a tenant has a model of its own under the name */
export function assertHiddenByNoTenant(modelName: string, registries: TenantRegistries): void {
  for (const {tenant, registry} of registries.held()) {
    if (ownerOf(registry.models[modelName])?.tenant !== undefined) throw hiddenBy(tenant, modelName);
  }
}

/** Whether the tenant of a datasource has a model of its own under the name of a routed model. */
export function isHidden({modelName}: ModelClass, {models}: StockDataSource): boolean {
  return ownerOf(models[modelName])?.tenant !== undefined;
}

export function hiddenBy(tenant: string, modelName: string): InvalidOptionError {
  return new InvalidOptionError(
    `Tenant ${JSON.stringify(tenant)} has a model ${modelName} of its own, which hides the routed one. Rename one of them.`,
  );
}
