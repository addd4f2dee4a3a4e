import type {ModelRegistry} from '../registry/model-registry';

/** What a connector does between being called and returning, for one tenant. */
export interface ConnectorTurn {
  /** See `RegistryBinding`. */
  readonly scope: readonly unknown[];
  readonly registry: ModelRegistry;
}

let running: ConnectorTurn | undefined;

/** @returns the turn around this one, to go back to */
export function beginTurn(turn: ConnectorTurn | undefined): ConnectorTurn | undefined {
  const outer = running;
  running = turn;
  return outer;
}

/**
 * The registry of a tenant whose connector has its turn. A call has one registry from its beginning, and a connector asks
 * for its table of models and for their ids again and again, for each record some of them.
 */
export function registryOfTurn(registries: unknown, tenant: string): ModelRegistry | undefined {
  if (!running || running.registry.disposed) return undefined;
  const {scope} = running;
  return scope[0] === registries && scope[1] === tenant ? running.registry : undefined;
}
