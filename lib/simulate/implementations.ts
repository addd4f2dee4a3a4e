import juggler from 'loopback-datasource-juggler';
import {DataSource, TenantRegistries} from '../index';
import type {InputDocument} from './documents';
import type {ImplementationName} from './labels';

/** A way of keeping many tenants' models, under the same load as the others. */
export interface Implementation {
  /** Makes a tenant's model from a document, and returns its class. */
  define(tenant: string, document: InputDocument): object;
  /** Ends a tenant by all means that this way offers; resolves to the classes known to have survived, where it can tell. */
  offboard(tenant: string): Promise<number | undefined>;
}

/** What makes each, for a number of tenants. */
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
  // copies: stock juggler writes into what it is given, and the same document serves every tenant
  return modeller.define(rename(name), structuredClone(json), {
    ...structuredClone(settings),
    ...(base !== undefined && {base: rename(base)}),
  });
}

/** LoopBack 3: one builder, tenants told apart by the names of their models, and deleted by these. */
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

/** LoopBack 4: a datasource with a builder of its own per tenant; the caller lets go of it, and of nothing else. */
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

/** A datasource per tenant too, on the tenant's registry. The datasources stay referenced here: that must not matter. */
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
      return define(dataSource as unknown as Modeller, document);
    },
    async offboard(tenant) {
      return (await registries.offboard(tenant, {verify: true})).survivors;
    },
  };
}
