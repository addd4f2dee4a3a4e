import {ModelCatalogue} from './model-catalogue';
import type {Dictionaries} from './model-names';
import {ownerOf, setOwner} from '../ownership/class-owner';
import {ConnectorTables} from './connector-tables';
import {DefineJournal} from './define-journal';
import {EmbeddedClassIndex} from './embedded-class-index';
import {InvalidOptionError, NoTenantError, RegistryDisposedError, settleStack} from '../errors';
import {got} from '../got';
import {ForeignReferences} from '../classes/foreign-references';
import {CallsInFlight} from '../ownership/calls-in-flight';
import {END_WITH_REGISTRY, type EndsWithRegistry} from '../ownership/ended-event';
import type {BeginOperation, OwningRegistry} from '../ownership/owning-registry';
import type {RunningTenants} from '../ownership/running-tenants';
import type {ModelBaseClass, ModelDefinition} from 'loopback-datasource-juggler';
import type {Dictionary, ModelClass, StockDataSource, StockModelBuilder} from '../juggler/types';
import {refuseModelsOf, releaseBuilder, detachClass} from './detaching';
import {countWithin} from './name-changes';
import {PrivateCopies} from '../structure/private-copies';
import {ClassSeal, restoreReplaced} from './sealed-class';
import {assertKnownNames, assertObject} from '../option-checks';
import {assertOfThisCopy, markAsOurs} from '../package-copy';
import {tenantCode} from '../tenant-code';
import {MOST_LEVELS} from '../juggler/property-set';
import {removeValueTypes} from '../juggler/value-types';
import {WeakBag} from '../primitives/weak-bag';

/**
 * How model classes are made. 'light': this library makes them, and they share with each other what is equal for all. 'stock': juggler's
 * `define` makes each class.
 */
export type ClassMaker = 'light' | 'stock';

/** The options of `new ModelRegistry()`. */
export interface ModelRegistryOptions {
  /**
   * The code of the tenant whose models these are.
   * @default none: the registry belongs to no tenant
   */
  readonly tenant?: string;
  /**
   * The registry in which names are looked up that this registry does not have. Structures are never looked up there.
   * @default none
   */
  readonly shared?: ModelRegistry;
  /**
   * How model classes are made: 'light' classes share what is equal for all of them; 'stock' classes are made by juggler's `define` and
   * take about ten times the memory. Both behave alike.
   * @default that of `shared`, else 'light'
   */
  readonly embedded?: ClassMaker;
  /**
   * The most levels of objects and arrays within each other in a definition, or in a document from which a model is made. The outermost
   * one counts. More is the error `STRUCTURE_TOO_DEEP`. A whole number from 1 to 200.
   * @default that of `shared`, else 100
   */
  readonly maxDepth?: number;
}

/** The default of `maxDepth`. */
export const DEFAULT_MAX_DEPTH = 100;

/** @internal What a new registry takes over from a builder that has been used already, or from its tenant. */
type RegistryParts = Dictionaries & Pick<ModelRegistry, 'dataSources' | 'inFlight' | 'generation'>;

/** A frozen snapshot of one registry's numbers. */
export interface ModelRegistryStats {
  readonly tenant: string | undefined;
  readonly disposed: boolean;
  /** The number of classes that are not embedded ones. */
  readonly models: number;
  /** The number of embedded classes (juggler: anonymous models). They are made at the first use of the model that contains them. */
  readonly embeddedModels: number;
  /** The number of embedded classes that can be found by structure. */
  readonly fingerprints: number;
  /** How often a look-up by structure has found a class, so that no new one was made. */
  readonly reused: number;
}

/** The result of the end of a registry: how many classes it dropped, and what failed. */
export interface RegistryEnd {
  readonly models: number;
  readonly embeddedModels: number;
  /** Every failure. A failure does not stop the other steps. */
  readonly errors: readonly unknown[];
}

/**
 * The models and definitions of one tenant. Its embedded classes are found by structure, so the same structure is one class. juggler
 * writes to `models` and `definitions` directly. Everything else that juggler or a connector keeps for the tenant is kept here as well.
 * So `dispose()` drops all of it, even while other code still holds a builder, a datasource, a connector or a context of the tenant.
 *
 * After `dispose()` every use of the registry, or of a class that it owned, is an error with the code `REGISTRY_DISPOSED`, or
 * `TENANT_OFFBOARDED` if the tenant was offboarded.
 */
export class ModelRegistry implements OwningRegistry {
  /** The tenant code; undefined for a registry of no tenant. */
  readonly tenant: string | undefined;
  /**
   * The number of this registry among all that its TenantRegistries has built, from 1 on. A tenant's later registry has a higher number
   * than its earlier ones. 0 for the shared registry, and for one that was made by `new ModelRegistry()`.
   */
  readonly generation: number;
  /**
   * juggler's dictionary of classes by name. Models of `shared` are inherited properties of it; this registry's models are own properties.
   * An embedded class is listed once it is made, which happens at the first use of the model that contains it.
   */
  readonly models: Dictionary<ModelBaseClass>;
  /** juggler's dictionary of definitions by model name. */
  readonly definitions: Dictionary<ModelDefinition>;

  /** @internal */ readonly catalogue: ModelCatalogue;

  /** @internal */ readonly shared: ModelRegistry | undefined;
  /** @internal The option `embedded`. */
  readonly maker: ClassMaker;
  /** @internal */ readonly copies: PrivateCopies;
  /** @internal */ readonly embeddedIndex: EmbeddedClassIndex;
  /** @internal */ readonly journal = new DefineJournal();
  /** @internal */ readonly tables: ConnectorTables;
  /** @internal The calls of this registry's classes that have no answer yet, also those that wait for a connection. */
  readonly inFlight: CallsInFlight;
  /** @internal The builders of this registry, also those that `builderIn` makes for builders that forward. */
  readonly builders = new WeakBag<StockModelBuilder>();
  /** @internal The datasources that belong to this registry's tenant alone. */
  readonly dataSources: WeakBag<StockDataSource>;
  /** @internal The dictionaries of transactions, whose models end with the registry. */
  transactions: WeakBag<object> | undefined;
  /** @internal This registry's builder for each builder that forwards to it. Made with the first. */
  forwarded: WeakMap<StockModelBuilder, StockModelBuilder> | undefined;
  /** @internal Set on the shared registry of a TenantRegistries: finds the running tenant's registry. */
  tenantRegistries: {current(): ModelRegistry} | undefined;
  /** @internal Set on a registry that is the `outside` of a builder without options: does the same. */
  guestOf: (() => {current(): ModelRegistry}) | undefined;
  /** @internal Called at the beginning of each operation of this registry's classes. Only a TenantRegistries sets it. */
  beginOperation: BeginOperation | undefined;
  /** @internal What this registry knows of the running tenant. Only a TenantRegistries sets it, for a tenant's registry. */
  runningTenants: RunningTenants | undefined;
  /** @internal Called whenever the number of classes has changed. */
  onResize: (() => void) | undefined;

  /** By the registry `outside` of a builder: see `guestPart`. */
  #guestPartOf: WeakMap<ModelRegistry, ModelRegistry> | undefined;
  #guestParts: WeakBag<ModelRegistry> | undefined;
  #foreignReferences: ForeignReferences | undefined;
  /** See `cacheKey`. */
  #cacheKey: object | undefined;
  readonly #isOfOneBuilder: boolean;
  /** Set once the registry has ended. */
  #makeEndError: (() => Error) | undefined;

  /** @throws InvalidOptionError `INVALID_OPTION`, InvalidTenantCodeError `INVALID_TENANT_CODE` */
  constructor(options?: ModelRegistryOptions);
  /** @internal @param parts what the registry takes over from a builder that has been used already, or from its tenant */
  constructor(options?: ModelRegistryOptions, parts?: Partial<RegistryParts>);
  constructor(options: ModelRegistryOptions = {}, parts: Partial<RegistryParts> = {}) {
    assertObject('ModelRegistry', options);
    const names = ['tenant', 'shared', 'embedded', 'maxDepth'];
    assertKnownNames(options, names, 'ModelRegistry takes tenant, shared, embedded and maxDepth.');
    const {tenant, shared, embedded} = options;
    assertOfThisCopy(shared, 'A ModelRegistry gets a shared registry of another copy');
    if (shared !== undefined && !(shared instanceof ModelRegistry))
      throw new InvalidOptionError(`shared must be a ModelRegistry, ${got(shared)}.`);
    this.tenant = tenant === undefined ? undefined : tenantCode(tenant);
    this.shared = shared;
    this.maker = embedded ?? shared?.maker ?? 'light';
    assertMaker(this.maker);
    const {maxDepth = shared?.copies.maxDepth ?? DEFAULT_MAX_DEPTH} = options;
    assertMaxDepth(maxDepth);
    this.copies = new PrivateCopies(maxDepth);
    this.catalogue = new ModelCatalogue(this, shared?.catalogue, parts);
    this.embeddedIndex = new EmbeddedClassIndex(this.catalogue);
    this.models = this.catalogue.models as unknown as Dictionary<ModelBaseClass>;
    this.definitions = this.catalogue.definitions as unknown as Dictionary<ModelDefinition>;
    this.tables = new ConnectorTables(shared?.tables);
    this.dataSources = parts.dataSources ?? new WeakBag();
    this.inFlight = parts.inFlight ?? new CallsInFlight();
    this.generation = parts.generation ?? 0;
    this.#isOfOneBuilder = parts.models !== undefined;
  }

  /** @internal The shared registry, and that of a builder without options, end with the process only, or with all others. */
  get outlivesTenants(): boolean {
    return this.tenantRegistries !== undefined || this.#isOfOneBuilder;
  }

  /** @internal The references that models of other registries have to this registry's classes. */
  get foreignReferences(): ForeignReferences {
    return (this.#foreignReferences ??= new ForeignReferences());
  }

  /** Whether the registry has ended: by `dispose()`, or with its tenant. */
  get disposed(): boolean {
    return this.#makeEndError !== undefined;
  }

  /** The number of classes that this registry lists. */
  get size(): number {
    return this.catalogue.size;
  }

  /**
   * Returns the class of that name: this registry's own class, else the one of `shared`; never a class of another tenant, and never a
   * placeholder.
   * @returns undefined if there is no such class
   * @throws RegistryDisposedError `REGISTRY_DISPOSED`, or TenantOffboardedError `TENANT_OFFBOARDED`, if the registry has ended
   */
  findByName(name: string): ModelBaseClass | undefined {
    this.assertUsable();
    const model = this.catalogue.lookUp(name);
    return model?.settings?.unresolved ? undefined : (model as unknown as ModelBaseClass);
  }

  /**
   * Returns this registry's embedded class for a property set, if a model defines one. The order of the keys counts. Makes the embedded
   * classes of models that have not been used yet, and no other class.
   * @returns undefined if there is no such class
   * @throws RegistryDisposedError `REGISTRY_DISPOSED`, or TenantOffboardedError `TENANT_OFFBOARDED`, if the registry has ended;
   * InvalidOptionError `INVALID_OPTION` if `properties` is not an object
   */
  findByStructure(properties: object): ModelBaseClass | undefined {
    this.assertUsable();
    if (typeof properties !== 'object' || properties === null)
      throw new InvalidOptionError(`findByStructure takes a property set, ${got(properties)}.`);
    return this.embeddedIndex.findByStructure(properties) as ModelBaseClass | undefined;
  }

  /** Returns a frozen snapshot of the registry's numbers. */
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
   * Ends the registry and drops everything that belongs to it. Calls without an answer get the error `REGISTRY_DISPOSED`. A second call
   * does nothing.
   * @throws AggregateError with all failures, after everything was dropped
   */
  dispose(): void {
    // the error is made by classes that user code keeps, which must not keep the registry
    const {tenant} = this;
    const {errors} = this.endRegistry(() => new RegistryDisposedError(tenant));
    if (errors.length > 0) throw new AggregateError(errors, 'The registry was disposed, with failures on the way.');
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * @internal Does what `dispose()` does, and never throws.
   * @param error makes the error for each later use of the registry and its classes
   * @param ended gets every class that ends
   * @param dataSources the datasources that end as well: none if the tenant goes on with another registry
   */
  endRegistry(
    error: () => Error,
    ended?: {add(model: ModelClass): void},
    dataSources: Iterable<StockDataSource> = this.dataSources,
  ): RegistryEnd {
    const errors: unknown[] = [];
    if (this.#makeEndError) return {models: 0, embeddedModels: 0, errors};
    const counts = this.counts();
    this.#makeEndError = error;
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (failure) {
        errors.push(settleStack(failure));
      }
    };
    for (const registry of this.#guestParts ?? []) {
      errors.push(...registry.endRegistry(error, ended).errors);
    }
    for (const call of [...this.inFlight]) attempt(() => call.failWith(error()));
    attempt(() => this.#foreignReferences?.cut(this, error, attempt));
    attempt(() => removeValueTypes(type => ownerOf(type) === this));
    const seal = new ClassSeal(error);
    const classes = [...this.catalogue.ownClasses()];
    for (const model of classes) {
      ended?.add(model);
      restoreReplaced(model);
      attempt(() => detachClass(model, this.shared));
      attempt(() => seal.sealClass(model));
    }
    // a class that user code keeps must not keep the registry; but what it was in needs an owner that has ended
    const successor = classes.length > 0 ? endedRegistry(this.tenant, error) : undefined;
    for (const model of classes) setOwner(model, successor!);
    this.catalogue.clear();
    for (const dictionary of this.transactions ?? []) attempt(() => refuseModelsOf(dictionary, error));
    for (const builder of this.builders) attempt(() => releaseBuilder(builder));
    for (const dataSource of dataSources) attempt(() => (dataSource as EndsWithRegistry)[END_WITH_REGISTRY]?.(error));
    this.embeddedIndex.clear();
    this.tables.clear(error);
    this.forwarded = undefined;
    this.#cacheKey = undefined;
    this.#guestPartOf = undefined;
    this.onResize?.();
    return {...counts, errors};
  }

  /** @internal See OwningRegistry. */
  cacheKey(): object | undefined {
    try {
      const running = (this.tenantRegistries ?? this.guestOf?.())?.current();
      return running?.tenant === undefined ? undefined : (running.#cacheKey ??= {});
    } catch (error) {
      // where the running tenant takes no work, nothing is found in a cache, and the query gets the error
      return error instanceof NoTenantError ? undefined : {};
    }
  }

  /** @internal Ends one own class, because its base class has ended with another registry. */
  endClass(model: ModelClass, error: () => Error, release: () => void): void {
    this.embeddedIndex.forgetStructure(model);
    for (const table of this.tables.tablesWith(model)) delete table[model.modelName];
    this.catalogue.unlist(model);
    detachClass(model, this.shared);
    release();
    new ClassSeal(error).sealClass(model);
  }

  /** @internal A new error for a use of this registry, or of a class that it owned, after it has ended; undefined before that. */
  endError(): Error | undefined {
    return this.#makeEndError?.();
  }

  /** @internal @throws the error of `endError`, if the registry has ended */
  assertUsable(): void {
    if (this.#makeEndError) throw this.#makeEndError();
  }

  /**
   * @internal The tenant's registry for one builder without options, which keeps its own models while no tenant runs (the registry
   * `outside`). It is not the tenant's main registry, because builders without options must stay as separate from each other as they are
   * in juggler. It ends with the main registry.
   */
  guestPart(outside: ModelRegistry): ModelRegistry {
    if (outside === this.shared) return this;
    let registry = this.#guestPartOf?.get(outside);
    if (!registry) {
      registry = new ModelRegistry(
        {tenant: this.tenant, shared: outside, embedded: this.maker, maxDepth: this.copies.maxDepth},
        {inFlight: this.inFlight, generation: this.generation},
      );
      registry.onResize = () => this.onResize?.();
      countWithin(this, registry);
      registry.beginOperation = this.beginOperation;
      registry.runningTenants = this.runningTenants;
      (this.#guestPartOf ??= new WeakMap()).set(outside, registry);
      (this.#guestParts ??= new WeakBag()).add(registry);
    }
    return registry;
  }

  /** @internal This registry and its guest parts. */
  *parts(): IterableIterator<ModelRegistry> {
    yield this;
    yield* this.#guestParts ?? [];
  }

  /** @internal Every class that this registry and its guest parts own. */
  *classes(): IterableIterator<ModelClass> {
    for (const registry of this.parts()) yield* registry.catalogue.ownClasses();
  }

  /** @internal The number of classes that this registry and its guest parts list. */
  totalSize(): number {
    let size = this.size;
    for (const registry of this.#guestParts ?? []) size += registry.size;
    return size;
  }

  /** @internal What the classes take in the heap, in bytes, reckoned by their kinds. Looks at no class. */
  totalBytes(): number {
    let bytes = this.catalogue.bytes.total;
    for (const registry of this.#guestParts ?? []) bytes += registry.catalogue.bytes.total;
    return bytes;
  }

  /** @internal */
  noteRead(record: {bytes: number}): void {
    this.catalogue.bytes.chargeRead(record);
  }

  /** @internal See OwningRegistry. */
  ownClasses(): Iterable<ModelClass> {
    return this.catalogue.ownClasses();
  }

  /** @internal Makes this registry the owner of a class that has none yet. */
  takeOwnership(model: ModelClass): void {
    if (ownerOf(model) === undefined) setOwner(model, this);
  }

  /** @internal The number of classes of each kind. Looks into no definition, where `stats()` compares structures. */
  counts(): Pick<ModelRegistryStats, 'models' | 'embeddedModels'> {
    return {models: this.#count(false), embeddedModels: this.#count(true)};
  }

  #count(embedded: boolean): number {
    let count = this.catalogue.count(embedded);
    for (const registry of this.#guestParts ?? []) count += registry.#count(embedded);
    return count;
  }
}

markAsOurs(ModelRegistry.prototype);

/** An empty registry that has ended: the owner of the classes of an ended registry. */
function endedRegistry(tenant: string | undefined, error: () => Error): ModelRegistry {
  const registry = new ModelRegistry({tenant});
  registry.endRegistry(error);
  return registry;
}

/** The owner of a class as a ModelRegistry, for code that needs more of it than the OwningRegistry of `ownerOf`. */
export function registryOfClass(model: unknown): ModelRegistry | undefined {
  // every owner is a ModelRegistry
  return ownerOf(model) as ModelRegistry | undefined;
}

/** @throws InvalidOptionError `INVALID_OPTION` if `embedded` is neither 'light' nor 'stock' */
export function assertMaker(embedded: unknown): asserts embedded is ClassMaker {
  if (embedded !== 'light' && embedded !== 'stock') {
    throw new InvalidOptionError(`embedded must be 'light' or 'stock', ${got(embedded)}.`);
  }
}

/** @throws InvalidOptionError `INVALID_OPTION` if `maxDepth` is not a whole number from 1 to 200 */
export function assertMaxDepth(maxDepth: unknown): void {
  if (Number.isSafeInteger(maxDepth) && Number(maxDepth) >= 1 && Number(maxDepth) <= MOST_LEVELS) return;
  throw new InvalidOptionError(`maxDepth must be a whole number from 1 to ${MOST_LEVELS}, ${got(maxDepth)}.`);
}
