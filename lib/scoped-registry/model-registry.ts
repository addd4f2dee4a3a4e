import {ownerOf, setOwner} from './class-owner';
import {ConnectorTables} from './connector-tables';
import {DefineJournal} from './define-journal';
import {clear, restore} from './dictionary';
import {EmbeddedModels} from './embedded-models';
import {InvalidOptionError, RegistryDisposedError, settleStack} from './errors';
import {ForeignHolds, noteForeignHolds} from './foreign-holds';
import {Identities} from './identities';
import {isMadeByThisJob, noteMade} from './job-classes';
import type {Dictionary, ModelClass, ModelDefinition, StockDataSource, StockModelBuilder} from './juggler';
import {refuse, release, silence, takeBack} from './letting-go';
import {NestedModels} from './nested-models';
import {OwnCopies} from './own-copy';
import type {InFlight} from './operation';
import {placeholderState} from './placeholder';
import {followEnd, seal} from './sealed-class';
import {tenantCode} from './tenant-code';
import {WeakBag} from './weak-bag';

export interface ModelRegistryOptions {
  /** The tenant whose models these are. Left out: a registry of no tenant. */
  readonly tenant?: string;
  /** Where names that this registry does not know are looked up. Structures never are. */
  readonly shared?: ModelRegistry;
}

type RegistryParts = Pick<ModelRegistry, 'models' | 'definitions' | 'dataSources'>;

/** A snapshot of one registry. Frozen. */
export interface ModelRegistryStats {
  readonly tenant: string | undefined;
  readonly disposed: boolean;
  /** Classes with a name of their own. */
  readonly models: number;
  /** Classes behind nested objects (juggler: anonymous models). */
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
export class ModelRegistry {
  readonly tenant: string | undefined;
  /** juggler's own dictionary of classes. Names of `shared` are visible by inheritance, own ones are own. */
  readonly models: Dictionary<ModelClass>;
  /** juggler's own dictionary of definitions. */
  readonly definitions: Dictionary<ModelDefinition>;

  /** @internal */ readonly shared: ModelRegistry | undefined;
  /** @internal */ readonly identities = new Identities();
  /** @internal */ readonly copies = new OwnCopies(this.identities);
  /** @internal */ readonly embedded = new EmbeddedModels(this.identities, model => this.#returned(model));
  /** @internal */ readonly journal = new DefineJournal();
  /** @internal */ readonly tables: ConnectorTables;
  /** @internal */ readonly foreignHolds = new ForeignHolds();
  /** @internal Classes that no name leads to any more, such as redefined ones. They end with the registry like all others. */
  readonly nameless = new WeakBag<ModelClass>();
  /** @internal Operations of this registry's classes that have no answer yet, and those of them that wait for a connection. */
  readonly inFlight = new Set<InFlight>();
  /** @internal The builders, those that it has for forwarding ones included, and datasources that belong to this registry alone. */
  readonly builders = new WeakBag<StockModelBuilder>();
  /** @internal */ readonly dataSources: WeakBag<StockDataSource>;
  /** @internal Dictionaries of transactions: what they hold ends with the registry. */
  readonly transactions = new WeakBag<object>();
  /** @internal By the builder that forwards to them. */
  forwarded = new WeakMap<StockModelBuilder, StockModelBuilder>();
  /** @internal Set on a shared registry: finds the running tenant's. */
  source: {current(): ModelRegistry} | undefined;
  /** @internal Told whenever the number of classes has changed. */
  onResize: (() => void) | undefined;

  #beside = new WeakMap<ModelRegistry, ModelRegistry>();
  #allBeside = new WeakBag<ModelRegistry>();
  #nested = new NestedModels();
  #size = 0;
  #anonymous = 0;
  #ended: (() => Error) | undefined;

  /** @param parts internal: dictionaries of a builder that is in use already, datasources that the tenant has already */
  constructor(options: ModelRegistryOptions = {}, parts: Partial<RegistryParts> = {}) {
    if (typeof options !== 'object' || options === null)
      throw new InvalidOptionError('ModelRegistry takes an object of options.');
    const {tenant, shared, ...unknown} = options;
    const names = Object.keys(unknown);
    if (names.length > 0)
      throw new InvalidOptionError(`Unknown option ${names.join(', ')}. ModelRegistry takes tenant and shared.`);
    if (shared !== undefined && !(shared instanceof ModelRegistry))
      throw new InvalidOptionError('shared must be a ModelRegistry.');
    this.tenant = tenant === undefined ? undefined : tenantCode(tenant);
    this.shared = shared;
    this.models = parts.models ?? (Object.create(shared?.models ?? Object.prototype) as Dictionary<ModelClass>);
    this.definitions =
      parts.definitions ?? (Object.create(shared?.definitions ?? Object.prototype) as Dictionary<ModelDefinition>);
    this.#size = Object.keys(this.models).length;
    this.tables = new ConnectorTables(shared?.tables);
    this.dataSources = parts.dataSources ?? new WeakBag();
  }

  get disposed(): boolean {
    return this.#ended !== undefined;
  }

  /** The number of classes that this registry holds. */
  get size(): number {
    return this.#size;
  }

  /**
   * The class of that name: this registry's own, else the shared one's. Never another tenant's.
   * @throws RegistryDisposedError, or TenantOffboardedError
   */
  findByName(name: string): ModelClass | undefined {
    this.assertUsable();
    const model = this.lookUp(name);
    return model?.settings?.unresolved ? undefined : model;
  }

  /**
   * This registry's embedded class for a property set, if there is one; the order of keys counts. Makes nothing.
   * @throws RegistryDisposedError, or TenantOffboardedError
   */
  findByStructure(properties: object): ModelClass | undefined {
    this.assertUsable();
    if (typeof properties !== 'object' || properties === null)
      throw new InvalidOptionError('findByStructure takes a property set, an object.');
    return this.embedded.findByStructure(properties);
  }

  stats(): ModelRegistryStats {
    const embeddedModels = this.#count(true);
    return Object.freeze({
      tenant: this.tenant,
      disposed: this.disposed,
      models: this.#count(false),
      embeddedModels,
      fingerprints: this.embedded.size,
      reused: this.embedded.reused,
    });
  }

  /**
   * Drops everything that belongs to this registry. Safe to call twice.
   * @throws AggregateError with all failures, after everything was dropped
   */
  dispose(): void {
    const {errors} = this.end(() => new RegistryDisposedError(this.tenant));
    if (errors.length > 0) throw new AggregateError(errors, 'The registry was disposed, with failures on the way.');
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * @internal As `dispose()`, with an error of the caller's for later use. Never throws.
   * @param ended gets every class that ends
   */
  end(error: () => Error, ended?: {add(model: ModelClass): void}): RegistryEnd {
    const errors: unknown[] = [];
    const counts = {models: this.#count(false), embeddedModels: this.#count(true)};
    if (this.#ended) return {models: 0, embeddedModels: 0, errors};
    this.#ended = error;
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (failure) {
        errors.push(settleStack(failure));
      }
    };
    for (const registry of this.#allBeside) {
      errors.push(...registry.end(error, ended).errors);
    }
    for (const call of [...this.inFlight]) attempt(() => call.fail(error()));
    attempt(() => this.foreignHolds.cut(this));
    for (const model of new Set([...Object.values(this.models), ...this.nameless])) {
      if (ownerOf(model) !== this) continue;
      ended?.add(model);
      attempt(() => takeBack(model, this.shared));
      attempt(() => seal(model, error));
    }
    for (const dictionary of [this.models, this.definitions]) attempt(() => clear(dictionary));
    for (const dictionary of this.transactions) attempt(() => refuse(dictionary, error));
    for (const builder of this.builders) attempt(() => release(builder));
    for (const dataSource of this.dataSources) attempt(() => silence(dataSource));
    this.embedded.clear();
    this.tables.clear();
    this.#nested.clear();
    this.forwarded = new WeakMap();
    this.#beside = new WeakMap();
    this.#size = 0;
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
   * @internal The class that a name means here, placeholders included. An own placeholder does not hide a shared model that
   * came later; it stays, for an own model of the name to fill in.
   */
  lookUp(name: string): ModelClass | undefined {
    if (!Object.hasOwn(this.models, name)) return this.#inherited(name, true);
    const own = this.models[name];
    return own?.settings?.unresolved ? (this.#inherited(name) ?? own) : own;
  }

  /** @internal Names of embedded classes are counted by registry: several builders write to one dictionary. */
  nextAnonymousName(): string {
    let name;
    do name = `AnonymousModel_${this.#anonymous++}`;
    while (Object.hasOwn(this.models, name));
    return name;
  }

  /**
   * @internal The tenant's registry for a builder that has models of its own outside any tenant (a stock builder,
   * after `install`). Apart from the tenant's main registry, so that such builders stay as separate as they are on
   * stock; it ends with the main one.
   */
  beside(outside: ModelRegistry): ModelRegistry {
    if (outside === this.shared) return this;
    let registry = this.#beside.get(outside);
    if (!registry) {
      registry = new ModelRegistry({tenant: this.tenant, shared: outside});
      registry.onResize = () => this.onResize?.();
      this.#beside.set(outside, registry);
      this.#allBeside.add(registry);
    }
    return registry;
  }

  /** @internal The number of classes held here and beside. */
  totalSize(): number {
    let size = this.#size;
    for (const registry of this.#allBeside) size += registry.#size;
    return size;
  }

  /** @internal Runs juggler's `define` of one name, so that it leaves either a whole class or nothing. */
  defining(name: string, nested: boolean, define: () => ModelClass): ModelClass {
    return this.#naming(name, () => {
      const model = define();
      this.own(model);
      noteMade(model);
      noteForeignHolds(model);
      if (nested) this.journal.note({undo() {}, commit: () => this.#nested.add(model)});
      return model;
    });
  }

  /**
   * @internal Runs juggler's `attach` of a class, which lists it here: a class that was made elsewhere is a guest, and an own
   * one that was redefined does not get its name back.
   */
  attaching(model: ModelClass, attach: () => void): void {
    const name = model.modelName;
    this.#naming(name, () => {
      const current = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = this.definitions[name];
      attach();
      if (current && [model, current].every(each => ownerOf(each) === this) && !current.settings?.unresolved) {
        this.models[name] = current;
        this.definitions[name] = definition;
      }
      noteForeignHolds(model);
    });
  }

  #naming<T>(name: string, work: () => T): T {
    return this.journal.run(() => {
      const previous = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = Object.hasOwn(this.definitions, name) ? this.definitions[name] : undefined;
      const placeholder = previous?.settings?.unresolved ? placeholderState(previous) : undefined;
      const inherited = previous ? undefined : this.#inherited(name, true, true);
      // juggler would fill in the shared registry's placeholder, and trip over what every object inherits (toString):
      // an own undefined makes it define a class
      const visible = this.models[name] as Partial<ModelClass> | undefined;
      if (!previous && visible && visible.settings?.unresolved !== false && !visible.definition)
        this.models[name] = undefined as never;
      this.journal.note({
        undo: () => {
          restore(this.models, name, previous);
          restore(this.definitions, name, definition);
          placeholder?.();
        },
        commit: () => {
          const model = this.models[name];
          const replaced = previous ?? inherited;
          if (replaced && replaced !== model) this.#replaced(replaced, replaced === previous);
          this.#resize(Number(Object.hasOwn(this.models, name)) - Number(previous !== undefined));
        },
      });
      return work();
    });
  }

  /** @internal */
  own(model: ModelClass): void {
    if (ownerOf(model) === undefined) setOwner(model, this);
  }

  /** @internal Forgets a name, as `deleteModelByName` does. */
  delete(name: string): void {
    const model = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
    delete this.models[name];
    delete this.definitions[name];
    if (!model) return;
    this.#replaced(model, true);
    this.#resize(-1);
  }

  /** @internal Drops embedded classes that no model uses any more, each time their number has doubled. */
  sweep(): void {
    if (this.journal.running) return;
    this.#nested.sweep(this.models, model => {
      if (this.models[model.modelName] !== model) return;
      if (!isMadeByThisJob(model)) this.embedded.retire(model);
      this.delete(model.modelName);
    });
  }

  /** An embedded class that was dropped is used again. */
  #returned(model: ModelClass): void {
    const name = model.modelName;
    if (Object.hasOwn(this.models, name)) return;
    this.models[name] = model;
    this.definitions[name] = model.definition!;
    this.#nested.add(model);
    this.#resize(1);
  }

  #resize(change: number): void {
    if (change === 0) return;
    this.#size += change;
    this.onResize?.();
  }

  /** A class that is no longer what its name says: nothing finds it, but it may be in use. */
  #replaced(model: ModelClass, own: boolean): void {
    this.embedded.forgetMentionsOf(model);
    if (!own || ownerOf(model) !== this) return;
    this.embedded.forget(model);
    if (!isMadeByThisJob(model)) this.nameless.add(model);
    if (!model.settings?.unresolved) followEnd(model, this);
  }

  /** What a tenant may see of the shared registry: no half-defined names, and no class of another tenant that was attached there. */
  #inherited(name: string, placeholders = false, any = false): ModelClass | undefined {
    if (!this.shared) return undefined;
    const model = this.shared.lookUp(name);
    if (!model || any) return model;
    if (model.settings?.unresolved && !(placeholders && this.tenant === undefined)) return undefined;
    const owner = ownerOf(model);
    return owner === undefined || owner.tenant === undefined || owner.tenant === this.tenant ? model : undefined;
  }

  #count(embedded: boolean): number {
    let count = 0;
    for (const name of Object.keys(this.models)) {
      const model = this.models[name];
      if (ownerOf(model) === this && Boolean(model.settings?.anonymous) === embedded) count++;
    }
    for (const registry of this.#allBeside) count += registry.#count(embedded);
    return count;
  }
}
