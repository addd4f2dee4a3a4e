import {isOf} from '../ownership/class-home';
import {ownerOf} from '../ownership/class-owner';
import {ownValue} from '../primitives/own-property';
import type {Dictionary, ModelClass, ModelDefinition, StockModelBuilder} from '../juggler/types';
import type {CatalogueHost} from './catalogue-host';
import type {Listing, Namesakes} from './namesakes';

/** The two dictionaries that juggler writes to. */
export interface Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
}

/** What a name means in a registry: for all, or for one datasource. */
export class ModelNames implements Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
  /** The classes whose name means another datasource's class in the dictionaries. */
  protected namesakes: Namesakes | undefined;
  protected hasNamesakes = false;

  constructor(
    protected readonly registry: CatalogueHost,
    protected readonly shared: ModelNames | undefined,
    {models, definitions}: Partial<Dictionaries>,
  ) {
    this.models = models ?? (Object.create(shared?.models ?? Object.prototype) as Dictionary<ModelClass>);
    this.definitions = definitions ?? (Object.create(shared?.definitions ?? Object.prototype) as Dictionary<ModelDefinition>);
  }

  /** Whether there is a name that means different classes for different datasources. */
  get isAmbiguous(): boolean {
    return this.hasNamesakes || (this.shared?.isAmbiguous ?? false);
  }

  /**
   * The class that a name means in this registry, which may be a placeholder. An own placeholder does not hide a shared model that was
   * defined later. The placeholder stays listed, so that an own model of that name can fill it in.
   * @param builder the builder that looks the name up: its own class comes first
   */
  lookUp(name: string, builder?: StockModelBuilder): ModelClass | undefined {
    const own = builder && this.isAmbiguous ? this.ownListing(name, builder) : undefined;
    if (own) return own.model;
    if (!Object.hasOwn(this.models, name)) return this.#inherited(name, true);
    const listed = this.models[name];
    if (!listed?.settings?.unresolved) return listed;
    return this.findOwn(name) ?? this.#inherited(name) ?? listed;
  }

  /** The class that a name means among the classes that are listed here. Never a placeholder, and never a shared class. */
  findOwn(name: string): ModelClass | undefined {
    if (!Object.hasOwn(this.models, name)) return undefined;
    const listed = this.models[name];
    return listed?.settings?.unresolved ? this.namesakes?.findDefined(name)?.model : listed;
  }

  /** The class of a name that belongs to a builder of this registry, which may be a placeholder. */
  ownListing(name: string, builder: StockModelBuilder): Listing | undefined {
    const listed = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
    const own =
      listed && isOf(listed, builder)
        ? {model: listed, definition: ownValue<ModelDefinition>(this.definitions, name)}
        : this.namesakeOf(name, builder);
    if (own && !own.model.settings?.unresolved) return own;
    const shared = this.shared?.ownListing(name, builder);
    return shared && this.#maySee(shared.model) ? shared : own;
  }

  /** The class of a name that belongs to a builder of this registry, if the dictionaries list another class under that name. */
  namesakeOf(name: string, builder: StockModelBuilder): Listing | undefined {
    return this.namesakes?.find(builder, name);
  }

  /** Whether a name leads to a class, for all or for one datasource. */
  isListed(model: ModelClass): boolean {
    const {modelName: name} = model;
    return (Object.hasOwn(this.models, name) && this.models[name] === model) || this.namesakes?.has(name, model) === true;
  }

  /** Every class that a name leads to, for all or for one datasource. */
  *listed(): IterableIterator<ModelClass> {
    yield* Object.values(this.models);
    yield* this.namesakes?.models() ?? [];
  }

  /**
   * The shared class of a name, if this registry may see it: a tenant sees no shared placeholder, and no class of another tenant that was
   * attached to the shared registry.
   * @param placeholders whether a registry of no tenant may see a placeholder
   */
  #inherited(name: string, placeholders = false): ModelClass | undefined {
    const model = this.shared?.lookUp(name);
    if (!model) return undefined;
    if (placeholders && this.registry.tenant === undefined && model.settings?.unresolved) return model;
    return this.#maySee(model) ? model : undefined;
  }

  /** Whether this registry may see a class that the shared registry lists. */
  #maySee(model: ModelClass): boolean {
    if (model.settings?.unresolved) return false;
    const owner = ownerOf(model);
    return owner === undefined || owner.tenant === undefined || owner.tenant === this.registry.tenant;
  }
}
