import {TenantRegistries, type RegistryOptions} from '../../lib/index';

/** A way to have the library installed while juggler's own tests run. Their builders and datasources have no options. */
export interface Way {
  readonly description: string;
  /** The registries to install. */
  registries(): TenantRegistries;
  /** What a builder without options gets; left out: what `install` does by itself. */
  builderOptions?(registries: TenantRegistries): RegistryOptions;
}

const unbounded = {max: Infinity, maxModels: 100_000} as const;
let builders = 0;

export const WAYS: Readonly<Record<string, Way>> = {
  'no-tenant': {
    description: 'installed, no tenant',
    registries: () => new TenantRegistries(unbounded),
  },
  'own-tenant': {
    description: 'every builder bound to a tenant of its own',
    registries: () => new TenantRegistries(unbounded),
    builderOptions: registries => ({registries, tenant: `tenant-${++builders}`}),
  },
  following: {
    description: 'every builder follows a running tenant',
    registries: () => new TenantRegistries(unbounded),
    // juggler's tests expect builders to be apart from one another, so each follows registries of its own
    builderOptions: () => ({registries: new TenantRegistries({currentTenant: () => 'running'})}),
  },
  guest: {
    description: 'installed, one tenant running throughout',
    registries: () => new TenantRegistries({...unbounded, currentTenant: () => 'running'}),
  },
  'own-classes': {
    description: 'every builder bound to a tenant of its own, classes made by juggler',
    registries: () => new TenantRegistries({...unbounded, embedded: 'stock'}),
    builderOptions: registries => ({registries, tenant: `tenant-${++builders}`}),
  },
};
