import juggler from 'loopback-datasource-juggler';
import {DataSource, TenantRegistries} from '../index';
import type {InputDocument} from './input-document';
import type {ImplementationName} from './labels';

/** One way to hold the models of many tenants. The simulation puts the same load on each. */
export interface Implementation {
  /** Makes a tenant's model from a document, and returns its class. */
  define(tenant: string, document: InputDocument): object;
  /**
   * Ends a tenant as completely as this implementation can. Resolves to the number of its classes that have survived, or to
   * undefined when the implementation cannot count them.
   */
  offboard(tenant: string): Promise<number | undefined>;
}

/** What makes each implementation, for a number of tenants. */
export const IMPLEMENTATIONS: Readonly<Record<ImplementationName, (tenants: number) => Implementation>> = {
  'stock-shared': stockShared,
  'stock-datasource': stockDataSource,
  scoped,
};

interface Modeller {
  define(name: string, properties: object, settings?: object): object;
  buildModelFromInstance(name: string, json: object): object;
}

function define(modeller: Modeller, {name, kind, json, settings, base}: InputDocument, rename = (name: string) => name): object {
  if (kind === 'instance') return modeller.buildModelFromInstance(rename(name), json);
  // Stock juggler writes into the objects that it is given, and the same document is used for every tenant.
  return modeller.define(rename(name), structuredClone(json), {
    ...structuredClone(settings),
    ...(base !== undefined && {base: rename(base)}),
  });
}

/**
 * As in LoopBack 3: all tenants share one builder, and each model name begins with the code of its tenant. Offboarding
 * deletes the models of the tenant by name.
 */
function stockShared(): Implementation {
  const builder = new juggler.ModelBuilder();
  const names = new Map<string, Set<string>>();
  return {
    define(tenant, document) {
      const rename = (name: string) => `${tenant}_${name}`;
      names.set(tenant, (names.get(tenant) ?? new Set()).add(rename(document.name)));
      return define(builder as unknown as Modeller, document, rename);
    },
    offboard(tenant) {
      for (const name of names.get(tenant) ?? [])
        (builder as unknown as {deleteModelByName(name: string): void}).deleteModelByName(name);
      names.delete(tenant);
      return Promise.resolve(undefined);
    },
  };
}

/**
 * As in LoopBack 4: each tenant has its own datasource, with its own builder. Offboarding disconnects the datasource and
 * drops the reference to it, and does nothing else.
 */
function stockDataSource(): Implementation {
  const dataSources = new Map<string, juggler.DataSource>();
  return {
    define(tenant, document) {
      let dataSource = dataSources.get(tenant);
      if (!dataSource) dataSources.set(tenant, (dataSource = new juggler.DataSource({connector: 'memory'})));
      return define(dataSource as unknown as Modeller, document);
    },
    async offboard(tenant) {
      const dataSource = dataSources.get(tenant);
      dataSources.delete(tenant);
      await dataSource?.disconnect();
      return undefined;
    },
  };
}

/**
 * This library: each tenant has a datasource on the tenant's registry. The datasources stay referenced after offboarding, to
 * show that the classes are collected all the same.
 */
function scoped(tenants: number): Implementation {
  const registries = new TenantRegistries({max: tenants, maxModels: Infinity, idleTtl: Infinity});
  const dataSources = new Map<string, InstanceType<typeof DataSource>>();
  return {
    define(tenant, document) {
      let dataSource = dataSources.get(tenant);
      if (!dataSource) {
        dataSource = new DataSource({connector: 'memory', modelRegistry: {registries, tenant}});
        dataSources.set(tenant, dataSource);
      }
      return define(dataSource, document);
    },
    async offboard(tenant) {
      return (await registries.offboard(tenant, {verify: true})).survivors;
    },
  };
}
