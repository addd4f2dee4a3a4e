import type {Connector, ConnectorEntry, Dictionary, ModelClass} from '../juggler/types';
import type {PrivateCopies} from '../structure/private-copies';
import type {CallsInFlight, OperationRun} from './calls-in-flight';
import type {DefineFrames} from './define-frame';

/**
 * What a class must know of the registry that owns it. Every owner is a ModelRegistry; the rooms below the registry's own take this
 * interface in its place, so that no import leads back up.
 */
export interface OwningRegistry {
  readonly tenant: string | undefined;
  /** Whether the registry has ended. */
  readonly disposed: boolean;
  /** Copies of what callers define models from. */
  readonly copies: PrivateCopies;
  /** Operations of this registry's classes that have no answer yet. */
  readonly inFlight: CallsInFlight;
  /** The running define. */
  readonly journal: DefineFrames;
  /** What connectors know of this registry's models. */
  readonly tables: {tableOf(connector: Connector): Dictionary<ConnectorEntry>};
  /** What models of other registries refer to in this one. */
  readonly foreignReferences: {addHolder(holder: ModelClass): void};
  /** For operations of this registry's classes; undefined where something else stands for the work already. */
  readonly beginOperation: BeginOperation | undefined;
  /** A new error for a use of the registry once it has ended; undefined before that. */
  endError(): Error | undefined;
  /** @throws what `endError` gives */
  assertUsable(): void;
}

/** @returns undefined where the work of the operation is counted elsewhere, by a tenant's context */
export type BeginOperation = (registry: OwningRegistry) => OperationRun | undefined;
