import {ModelCatalogue, type Dictionaries} from './model-catalogue';
import {ownerOf, setOwner} from '../ownership/class-owner';
import {ConnectorTables} from './connector-tables';
import {DefineJournal} from './define-journal';
import {EmbeddedClassIndex} from './embedded-class-index';
import {InvalidOptionError, RegistryDisposedError, settleStack} from '../errors';
import {ForeignReferences} from '../classes/foreign-references';
import {CallsInFlight} from '../ownership/calls-in-flight';
import {END_WITH_REGISTRY, type EndsWithRegistry} from '../ownership/ended-event';
import type {BeginOperation, OwningRegistry} from '../ownership/owning-registry';
import type {Dictionary, ModelClass, ModelDefinition, StockDataSource, StockModelBuilder} from '../juggler/types';
import {refuseModelsOf, releaseBuilder, detachClass} from './detaching';
import {PrivateCopies} from '../structure/private-copies';
import {ClassSeal} from './sealed-class';
import {assertKnownNames, assertObject} from '../option-checks';
import {tenantCode} from '../tenant-code';
import {WeakBag} from '../primitives/weak-bag';

/** Who makes classes: this library, sharing between classes what is equal for all, or juggler alone. */
export type ClassMaker = 'light' | 'stock';

export interface ModelRegistryOptions {
  /** The tenant whose models these are. Left out: a registry of no tenant. */
  readonly tenant?: string;
  /** Where names that this registry does not know are looked up. Structures never are. */
  readonly shared?: ModelRegistry;
  /**
   * Whether classes share what is equal for all of them ('light'), or are juggler's own making ('stock'), some ten times as
   * heavy. They behave alike.
   * @default that of `shared`, else 'light'
   */
  readonly embedded?: ClassMaker;
}

type RegistryParts = Dictionaries & Pick<ModelRegistry, 'dataSources' | 'inFlight' | 'generation'>;

/** A snapshot of one registry. Frozen. */
export interface ModelRegistryStats {
  readonly tenant: string | undefined;
  readonly disposed: boolean;
  /** Classes with a name of their own. */
  readonly models: number;
  /** Classes behind nested objects (juggler: anonymous models): they are made at the first look at the model around them. */
  readonly embeddedModels: number;
  /** Embedded classes that can be found by structure. */
  readonly fingerprints: number;
  /** How often a structure was answered with a class that was there already. */
  readonly reused: number;
}

/** What the end of a registry came to. */
export interface RegistryEnd {
  readonly models: number;
  readonly embeddedModels: number;
  /** Every failure; none of them kept the rest from being dropped. */
  readonly errors: readonly unknown[];
}

/**
 * One tenant's models, definitions and fingerprints. juggler writes to `models` and `definitions` directly; whatever
 * else juggler or a connector would keep on behalf of the tenant is kept here too, so that `dispose()` lets go of all
 * of it, whoever still holds a builder, a datasource, a connector or a context.
 *
 * A disposed registry answers every use with an error, `REGISTRY_DISPOSED` or `TENANT_OFFBOARDED`, and so do the
 * classes that it owned, where user code has kept one.
 */
export class ModelRegistry implements OwningRegistry {
  readonly tenant: string | undefined;
  /**
   * Which one of its TenantRegistries' registries this is, counted from 1 as they are built: a tenant's later registry has a
   * higher number than its earlier ones. 0 for one that stands free.
   */
  readonly generation: number;
  /**
   * juggler's own dictionary of classes. Names of `shared` are visible by inheritance, own ones are own. Embedded classes are listed
   * from when they are made, at the first look at the model around them.
   */
  readonly models: Dictionary<ModelClass>;
  /** juggler's own dictionary of definitions. */
  readonly definitions: Dictionary<ModelDefinition>;

  /** @internal */ readonly catalogue: ModelCatalogue;

  /** @internal */ readonly shared: ModelRegistry | undefined;
  /** @internal The option `embedded`. */
  readonly maker: ClassMaker;
  /** @internal */ readonly copies = new PrivateCopies();
  /** @internal */ readonly embeddedIndex: EmbeddedClassIndex;
  /** @internal */ readonly journal = new DefineJournal();
  /** @internal */ readonly tables: ConnectorTables;
  /** @internal Operations of this registry's classes that have no answer yet, and those of them that wait for a connection. */
  readonly inFlight: CallsInFlight;
  /** @internal The builders, those that it has for forwarding ones included, and datasources that belong to this registry alone. */
  readonly builders = new WeakBag<StockModelBuilder>();
  /** @internal */ readonly dataSources: WeakBag<StockDataSource>;
  /** @internal Dictionaries of transactions: what they hold ends with the registry. */
  transactions: WeakBag<object> | undefined;
  /** @internal By the builder that forwards to them. */
  forwarded = new WeakMap<StockModelBuilder, StockModelBuilder>();
  /** @internal Set on a shared registry: finds the running tenant's. */
  tenantRegistries: {current(): ModelRegistry} | undefined;
  /** @internal For operations of this registry's classes; undefined where something else stands for the work already. */
  beginOperation: BeginOperation | undefined;
  /** @internal Told whenever the number of classes has changed. */
  onResize: (() => void) | undefined;

  #beside: WeakMap<ModelRegistry, ModelRegistry> | undefined;
  #allBeside: WeakBag<ModelRegistry> | undefined;
  #foreignReferences: ForeignReferences | undefined;
  #ended: (() => Error) | undefined;

  /** @param parts internal: dictionaries of a builder that is in use already, datasources that the tenant has already */
  constructor(options: ModelRegistryOptions = {}, parts: Partial<RegistryParts> = {}) {
    assertObject('ModelRegistry', options);
    assertKnownNames(options, ['tenant', 'shared', 'embedded'], 'ModelRegistry takes tenant, shared and embedded.');
    const {tenant, shared, embedded} = options;
    if (shared !== undefined && !(shared instanceof ModelRegistry))
      throw new InvalidOptionError('shared must be a ModelRegistry.');
    this.tenant = tenant === undefined ? undefined : tenantCode(tenant);
    this.shared = shared;
    this.maker = embedded ?? shared?.maker ?? 'light';
    assertMaker(this.maker);
    this.catalogue = new ModelCatalogue(this, shared?.catalogue, parts);
    this.embeddedIndex = new EmbeddedClassIndex(this.catalogue);
    this.models = this.catalogue.models;
    this.definitions = this.catalogue.definitions;
    this.tables = new ConnectorTables(shared?.tables);
    this.dataSources = parts.dataSources ?? new WeakBag();
    this.inFlight = parts.inFlight ?? new CallsInFlight();
    this.generation = parts.generation ?? 0;
  }

  /** @internal */
  get foreignReferences(): ForeignReferences {
    return (this.#foreignReferences ??= new ForeignReferences());
  }

  get disposed(): boolean {
    return this.#ended !== undefined;
  }

  /** The number of classes that this registry holds. */
  get size(): number {
    return this.catalogue.size;
  }

  /**
   * The class of that name: this registry's own, else the shared one's. Never another tenant's.
   * @throws RegistryDisposedError, or TenantOffboardedError
   */
  findByName(name: string): ModelClass | undefined {
    this.assertUsable();
    const model = this.catalogue.lookUp(name);
    return model?.settings?.unresolved ? undefined : model;
  }

  /**
   * This registry's embedded class for a property set, if a model defines one; the order of keys counts. Makes no class but those of
   * models that nobody has looked at yet.
   * @throws RegistryDisposedError, or TenantOffboardedError
   */
  findByStructure(properties: object): ModelClass | undefined {
    this.assertUsable();
    if (typeof properties !== 'object' || properties === null)
      throw new InvalidOptionError('findByStructure takes a property set, an object.');
    return this.embeddedIndex.findByStructure(properties);
  }

  stats(): ModelRegistryStats {
    return Object.freeze({
      tenant: this.tenant,
      disposed: this.disposed,
      ...this.counts(),
      fingerprints: this.embeddedIndex.size,
      reused: this.embeddedIndex.reused,
    });
  }

  /**
   * Drops everything that belongs to this registry. Safe to call twice.
   * @throws AggregateError with all failures, after everything was dropped
   */
  dispose(): void {
    const {errors} = this.endRegistry(() => new RegistryDisposedError(this.tenant));
    if (errors.length > 0) throw new AggregateError(errors, 'The registry was disposed, with failures on the way.');
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * @internal As `dispose()`, with an error of the caller's for later use. Never throws.
   * @param ended gets every class that ends
   * @param dataSources those that end as well: not where the tenant goes on, with another registry
   */
  endRegistry(
    error: () => Error,
    ended?: {add(model: ModelClass): void},
    dataSources: Iterable<StockDataSource> = this.dataSources,
  ): RegistryEnd {
    const errors: unknown[] = [];
    if (this.#ended) return {models: 0, embeddedModels: 0, errors};
    const counts = this.counts();
    this.#ended = error;
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (failure) {
        errors.push(settleStack(failure));
      }
    };
    for (const registry of this.#allBeside ?? []) {
      errors.push(...registry.endRegistry(error, ended).errors);
    }
    for (const call of [...this.inFlight]) attempt(() => call.failWith(error()));
    attempt(() => this.#foreignReferences?.cut(this));
    const seal = new ClassSeal(error);
    for (const model of this.catalogue.own()) {
      ended?.add(model);
      attempt(() => detachClass(model, this.shared));
      attempt(() => seal.close(model));
    }
    this.catalogue.clear();
    for (const dictionary of this.transactions ?? []) attempt(() => refuseModelsOf(dictionary, error));
    for (const builder of this.builders) attempt(() => releaseBuilder(builder));
    for (const dataSource of dataSources) attempt(() => (dataSource as EndsWithRegistry)[END_WITH_REGISTRY]?.(error));
    this.embeddedIndex.clear();
    this.tables.clear();
    this.forwarded = new WeakMap();
    this.#beside = undefined;
    this.onResize?.();
    return {...counts, errors};
  }

  /** @internal A new error for a use of this registry, or of what it owned, once it has ended. */
  endError(): Error | undefined {
    return this.#ended?.();
  }

  /** @internal */
  assertUsable(): void {
    if (this.#ended) throw this.#ended();
  }

  /**
   * @internal The tenant's registry for a builder that has models of its own outside any tenant (a stock builder,
   * after `install`). Apart from the tenant's main registry, so that such builders stay as separate as they are on
   * stock; it ends with the main one.
   */
  guestPart(outside: ModelRegistry): ModelRegistry {
    if (outside === this.shared) return this;
    let registry = this.#beside?.get(outside);
    if (!registry) {
      registry = new ModelRegistry(
        {tenant: this.tenant, shared: outside, embedded: this.maker},
        {inFlight: this.inFlight, generation: this.generation},
      );
      registry.onResize = () => this.onResize?.();
      registry.beginOperation = this.beginOperation;
      (this.#beside ??= new WeakMap()).set(outside, registry);
      (this.#allBeside ??= new WeakBag()).add(registry);
    }
    return registry;
  }

  /** @internal This one, and those beside it. */
  *parts(): IterableIterator<ModelRegistry> {
    yield this;
    yield* this.#allBeside ?? [];
  }

  /** @internal Every class held here and beside. */
  *classes(): IterableIterator<ModelClass> {
    for (const registry of this.parts()) yield* registry.catalogue.own();
  }

  /** @internal The number of classes held here and beside. */
  totalSize(): number {
    let size = this.size;
    for (const registry of this.#allBeside ?? []) size += registry.size;
    return size;
  }

  /** @internal */
  own(model: ModelClass): void {
    if (ownerOf(model) === undefined) setOwner(model, this);
  }

  /** @internal The number of classes of each kind. Looks into no definition, where `stats()` compares structures. */
  counts(): Pick<ModelRegistryStats, 'models' | 'embeddedModels'> {
    return {models: this.#count(false), embeddedModels: this.#count(true)};
  }

  #count(embedded: boolean): number {
    let count = this.catalogue.count(embedded);
    for (const registry of this.#allBeside ?? []) count += registry.#count(embedded);
    return count;
  }
}

/** The whole registry of a class, for the few that want more of it than `ownerOf` tells. */
export function registryOfClass(model: unknown): ModelRegistry | undefined {
  // every owner is a ModelRegistry
  return ownerOf(model) as ModelRegistry | undefined;
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertMaker(embedded: unknown): asserts embedded is ClassMaker {
  if (embedded !== 'light' && embedded !== 'stock') {
    throw new InvalidOptionError(`embedded must be 'light' or 'stock', got ${JSON.stringify(embedded)}.`);
  }
}
