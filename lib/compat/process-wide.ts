import {ModelRegistryApi} from './model-registry-api';
import {RegistryManager} from './registry-manager';

/** The registry API that the whole process shares. It works on `TenantRegistries.default`. */
export const ModelRegistry = new ModelRegistryApi();

/** The manager of the shared `ModelRegistry`. */
export const registryManager = new RegistryManager(ModelRegistry);
