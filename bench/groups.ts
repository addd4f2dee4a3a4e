import {compatRegistry} from './compat-registry';
import {chosenNames} from './chosen-names';
import {embeddedBytes} from './embedded-bytes';
import type {Group} from './group';
import {loopback4Road} from './loopback4/road';
import {lruChurn} from './lru-churn';
import {manyTenants} from './many-tenants';
import {memoryConnector} from './memory-connector';
import {namedOnBuilders, namedOnDataSources} from './named-models';
import {registriesFor} from './registries-for';
import {resolve} from './resolve';
import {tenantContext} from './tenant-context';
import {webhookPayloads} from './webhook-payloads';

/** All groups, in the order of the rows of the table. */
export const GROUPS = {
  'embedded classes': embeddedBytes,
  'webhook payloads': webhookPayloads,
  'named models on builders': namedOnBuilders,
  'named models on datasources': namedOnDataSources,
  'known structures': resolve,
  'registries.for': registriesFor,
  'TenantContext.run': tenantContext,
  'memory connector': memoryConnector,
  'ModelRegistry of /compat': compatRegistry,
  '10 and 10,000 tenants': manyTenants,
  'chosen names': chosenNames,
  '100,000 tenants': lruChurn,
  'LoopBack 4 over HTTP': loopback4Road,
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof GROUPS;
