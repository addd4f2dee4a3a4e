import {ModelRegistryApi} from './model-registry-api';
import {RegistryManager} from './registry-manager';

/** The one that a process shares, on `TenantRegistries.default`. */
export const ModelRegistry = new ModelRegistryApi();

/** The one of `ModelRegistry`. */
export const registryManager = new RegistryManager(ModelRegistry);
