import type {Connector, ConnectorEntry, Dictionary, ModelClass, StockModelBuilder} from '../juggler/types';
import type {PrivateCopies} from '../structure/private-copies';
import type {CallsInFlight, OperationRun} from './calls-in-flight';
import type {DefineFrames} from './define-frame';
import type {TenantOwned} from './running-tenants';

/**
 * What code about a class needs from the registry that owns the class. Every owner is a ModelRegistry. The folders that `registry/`
 * imports from use this interface instead, because they must not import from `registry/`. What is internal in ModelRegistry is internal
 * here: the published declarations leave it out of both, and so they stay true.
 */
export interface OwningRegistry extends TenantOwned {
  /** Whether the registry has ended. */
  readonly disposed: boolean;
  /** @internal Copies the properties and settings that callers define models from. */
  readonly copies: PrivateCopies;
  /** @internal Calls of this registry's classes that have no answer yet. */
  readonly inFlight: CallsInFlight;
  /** @internal The frame of the running define. */
  readonly journal: DefineFrames;
  /** @internal The connectors' tables of this registry's models. */
  readonly tables: {
    tableOf(connector: Connector): Dictionary<ConnectorEntry>;
    tablesWith(model: ModelClass): Iterable<Dictionary<ConnectorEntry>>;
  };
  /** @internal Whether models of other registries may refer to its classes for ever, because user code cannot end it while they live. */
  readonly outlivesTenants: boolean;
  /** @internal The embedded classes by structure. */
  readonly embeddedIndex: {forgetStructure(model: ModelClass): void};
  /**
   * @internal Ends one class: it is listed nowhere any more, and every use of it throws `error()`.
   * @param release called while the class is no longer listed, and not sealed yet
   */
  endClass(model: ModelClass, error: () => Error, release: () => void): void;
  /** @internal The references from outside to this registry's classes. */
  readonly foreignReferences: NotedReferences;
  /** @internal The classes that it owns. */
  ownClasses(): Iterable<ModelClass>;
  /**
   * @internal Called at the beginning of each operation of this registry's classes. Only a TenantRegistries sets it, for a tenant's
   * registry.
   */
  readonly beginOperation: BeginOperation | undefined;
  /**
   * @internal The key under which the running tenant's rows are cached on an instance of this registry's classes; undefined where no
   * tenant runs. The tenant's registry alone holds it, so that such a cache goes with the registry.
   */
  cacheKey(): object | undefined;
  /** @internal Called with the record of a light class when code reads its definition for the first time. */
  noteRead(record: {bytes: number}): void;
  /** @internal A new error for each use of the registry after it has ended; undefined before that. */
  endError(): Error | undefined;
  /** @internal @throws the error of `endError`, if the registry has ended */
  assertUsable(): void;
}

/** Records references to the classes of a registry: see ForeignReferences. */
export interface NotedReferences {
  /** The models of other registries that mention a class of this one. */
  readonly holders: Iterable<ModelClass>;
  addHolder(holder: ModelClass): void;
  addBuilder(builder: StockModelBuilder): void;
  addMixin(mixin: ReleasedAtEnd): void;
  addTable(table: Dictionary<ConnectorEntry>): void;
  /** Lets builders and mixins go of the classes that are gone. See ReleasedAtEnd. */
  release(isGone: (model: unknown) => boolean, endError: () => Error): void;
}

/** Refers to a class that may end. */
export interface ReleasedAtEnd {
  /**
   * Lets go of the class if it is gone.
   * @param endError makes the error for each later use
   */
  release(isGone: (model: unknown) => boolean, endError: () => Error): void;
}

/** @returns undefined if a context of the tenant counts the work already, so that the operation need not */
export type BeginOperation = (registry: OwningRegistry) => OperationRun | undefined;
