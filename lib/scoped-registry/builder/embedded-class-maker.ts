import {
  DeferredClass,
  isDeferrable,
  isOrdinaryProperty,
  resolveDeferred,
  type DeferredClassMaker,
} from '../structure/deferred-class';
import type {TypeContext} from '../structure/type-context';
import {EmbeddedClassRecord} from '../classes/embedded-class-record';
import type {Dictionary, ModelClass, StockModelBuilder} from '../juggler/types';
import {exposeStructure} from '../classes/lazy-definition';
import type {LightClasses} from '../classes/light-classes';
import type {ModelRegistry} from '../registry/model-registry';
import {writableIdProperty} from '../classes/named-class-record';
import {snapshot} from '../structure/private-copies';
import {isRemoved, mayJugglerWriteInto} from '../juggler/property-set';
import type {StaticLayer} from '../classes/static-layer';
import {idNameOf, idsOf} from '../juggler/id-properties';
import {embeddedRecordOf} from '../classes/change-detection';
import {LiveValueTypes, type ValueTypesSnapshot} from '../juggler/value-types';

/** Where a define makes its embedded classes, as it was at the time of the define. */
interface Place {
  readonly builder: StockModelBuilder;
  readonly registry: ModelRegistry;
  readonly base: ModelClass;
  readonly typeContext: TypeContext;
}

interface MakeOptions {
  /** Whether the class is a part of a model: a sweep may drop it once no model uses it. */
  readonly isNested: boolean;
  /** The statics that the class inherits. @default those of the base class now */
  readonly layer?: StaticLayer;
  /** Resolves each property of the class. @default as for a model that is defined now */
  readonly resolve?: (property: unknown) => unknown;
}

type ResolveType = StockModelBuilder['resolveType'];

/**
 * Makes the classes of nested objects, one class for each structure. A class is made at once, or deferred until the model that contains it
 * is used.
 */
export class EmbeddedClassMaker {
  readonly #valueTypes: LiveValueTypes;

  /**
   * @param resolveType juggler's own method
   * @param schemaTypes juggler's value types by lower-case name, which are process-wide
   * @param hasOurResolveType whether a builder's `resolveType` is this library's; a replacement by user code must see every property
   */
  constructor(
    private readonly resolveType: ResolveType,
    private readonly schemaTypes: Dictionary<Function>,
    private readonly classes: LightClasses,
    private readonly hasOurResolveType: (builder: StockModelBuilder) => boolean,
  ) {
    this.#valueTypes = new LiveValueTypes(schemaTypes);
  }

  /** The class of a nested object. If the registry has no class of that structure, one is made from a private copy of the object. */
  classOf(builder: StockModelBuilder, registry: ModelRegistry, shape: object, isSubProperty: boolean): unknown {
    const {journal, copies, embeddedIndex: index} = registry;
    const place = this.#place(builder, registry);
    const {typeContext} = place;
    const known = index.findEqual(shape, typeContext);
    if (known) return known;
    const raw = copies.property(shape, isSubProperty) as object;
    // the hash of the copy: a getter in `shape` may give another value when it is read again
    const hash = typeContext.hashOf(raw);
    const make = () => this.resolveType.call(builder, raw, isSubProperty) as ModelClass;
    const model =
      hash === undefined ? journal.runDefine(make) : journal.runDefine(() => this.#makeIndexed(place, shape, raw, hash, make));
    // user code can read the copy from the definition now, and may write to it or define another model from it
    if (!journal.running) copies.forgetCopies();
    return model;
  }

  /** Makes a class and adds it to the index. @param make makes it by juggler's `define` */
  #makeIndexed(place: Place, shape: object, raw: object, hash: number, make: () => ModelClass): ModelClass {
    const {registry, typeContext} = place;
    const {journal, embeddedIndex: index} = registry;
    const {byJuggler} = journal.frame;
    const isOrdinaryShape = registry.maker === 'light' && isOrdinary(raw);
    let pristine = !isOrdinaryShape || mayJugglerWriteInto(raw) ? snapshot(raw) : undefined;
    const light = isOrdinaryShape ? this.#makeLight(place, raw, hash) : undefined;
    if (!light) pristine ??= snapshot(raw);
    const model = light ?? make();
    journal.note({undo: () => index.forget(model)});
    if (light) index.addLight(model, pristine);
    else index.addStock(model, typeContext, hash, pristine!, raw);
    // juggler is defining the model around it, and that model's definition shows `raw`: user code may write to it
    if (light && raw === shape && byJuggler) exposeStructure(model);
    return model;
  }

  /** Returns undefined for a property set in which a property has no type: juggler's `define` throws an error for it, or ignores it. */
  #makeLight(place: Place, raw: Dictionary<unknown>, hash: number): ModelClass | undefined {
    const {journal} = place.registry;
    const isNested = journal.nested;
    try {
      return journal.runDefine(() => this.#make(place, raw, hash, {isNested}));
    } catch (error) {
      if (error === NO_TYPE) return undefined;
      throw error;
    }
  }

  /** Returns a function that resolves the properties of a model, which are private copies. Embedded classes are deferred where possible. */
  resolving(builder: StockModelBuilder, registry: ModelRegistry): (property: unknown) => unknown {
    return this.#resolving(this.#place(builder, registry));
  }

  #place(builder: StockModelBuilder, registry: ModelRegistry): Place {
    const base = builder.defaultModelBaseClass;
    const typeContext = registry.embeddedIndex.typeContext(
      builder.settings.strictEmbeddedModels || false,
      base,
      this.schemaTypes,
    );
    return {builder, registry, base, typeContext};
  }

  #resolving(place: Place): (property: unknown) => unknown {
    const {builder, registry} = place;
    if (registry.maker === 'stock' || !this.hasOurResolveType(builder)) return property => builder.resolveType(property);
    const valueTypes = this.#valueTypes.now;
    let maker: DeferredClassMaker | undefined;
    return property => {
      if (typeof property !== 'object' || property === null) return builder.resolveType(property);
      // model-from-document.ts has made and noted the property: nothing else refers to it, and it needs no check
      const isFromDocument = registry.copies.isDeferrable(property);
      if (!isFromDocument && !isDeferrable(property, valueTypes)) return builder.resolveType(property);
      registry.embeddedIndex.hasDeferredClasses = true;
      return new DeferredClass(
        property,
        (maker ??= new MakerForDefine(this, place, this.classes.staticLayerOf(place.base), valueTypes)),
        isFromDocument,
      );
    };
  }

  /**
   * @internal Makes a deferred class as it would have been made when the model that contains it was defined.
   * @param layer the statics of the base class at that time
   * @param run the number of the define at that time: see DefineJournal
   * @param shown see DeferredClassMaker
   */
  makeLater(place: Place, layer: StaticLayer, run: number, maker: DeferredClassMaker, shape: object, shown?: object): unknown {
    const {registry, typeContext} = place;
    const {journal, embeddedIndex: index} = registry;
    // if a type name in the shape means another value type by now, the shape is another structure now and must not find this class
    const {now} = this.#valueTypes;
    const isIndexed = now === maker.valueTypes || now.meanTheSame(shape, maker.valueTypes);
    const known = isIndexed ? index.findEqual(shape, typeContext) : undefined;
    if (known) return known;
    const raw = shape as Dictionary<unknown>;
    const isPartOfDefine = journal.running && journal.currentRun === run;
    return journal[isPartOfDefine ? 'runDefine' : 'runSeparately'](() => {
      const pristine = mayJugglerWriteInto(raw) ? snapshot(raw) : undefined;
      const resolve = (property: unknown) => resolveDeferred(property, maker);
      const model = this.#make(place, raw, typeContext.hashOf(raw)!, {isNested: true, layer, resolve});
      if (shown) embeddedRecordOf(model)!.expose(shown as Dictionary<unknown>);
      journal.note({undo: () => index.forget(model)});
      if (isIndexed) index.addLight(model, pristine);
      index.hasDeferredClasses = true;
      return model;
    });
  }

  /** Makes a light class and lists it. */
  #make(place: Place, raw: Dictionary<unknown>, hash: number, options: MakeOptions): ModelClass {
    const {builder, registry, base, typeContext} = place;
    const {isNested, layer = this.classes.staticLayerOf(base), resolve = this.#resolving(place)} = options;
    const name = builder.getSchemaName(null);
    for (const property of Object.keys(raw)) if (isRemoved(raw[property])) delete raw[property];
    return registry.catalogue.adding(name, isNested, () => {
      const types = registry.journal.within({byJuggler: false}, () => Object.keys(raw).map(property => resolve(raw[property])));
      if (!types.every(Boolean)) throw NO_TYPE;
      noteWritableId(raw, types);
      const record = new EmbeddedClassRecord(raw, types, typeContext, hash);
      const model = this.classes.makeEmbedded(builder, name, record, base, layer);
      builder.models[name] = model;
      builder.definitions[name] = model.definition!;
      return model;
    });
  }
}

/** Ends the making of a light class of which a property resolves to no type, such as a list of `undefined`. */
const NO_TYPE = new Error('A property has no type.');

/** Makes the deferred embedded classes of one define. It keeps the place, the statics and the value types of that time. */
class MakerForDefine implements DeferredClassMaker {
  readonly #maker: EmbeddedClassMaker;
  readonly #place: Place;
  readonly #layer: StaticLayer;
  readonly #run: number;

  constructor(
    maker: EmbeddedClassMaker,
    place: Place,
    layer: StaticLayer,
    readonly valueTypes: ValueTypesSnapshot,
  ) {
    this.#maker = maker;
    this.#place = place;
    this.#layer = layer;
    this.#run = place.registry.journal.currentRun;
  }

  get base(): ModelClass {
    return this.#place.base;
  }

  makeDeferred(shape: object, shown?: object): unknown {
    return this.#maker.makeLater(this.#place, this.#layer, this.#run, this, shape, shown);
  }
}

/**
 * Whether a light class can be made of a property set. The others are left to juggler's `define`: those with generated ids, with names
 * that every object has, and with options of `required` that are objects, which juggler writes into.
 */
function isOrdinary(raw: object): raw is Dictionary<unknown> {
  // juggler looks names up in plain objects, where it finds the inherited members of these names
  if (Object.keys(raw).some(name => name in Object.prototype)) return false;
  return Object.values(raw).every(property =>
    typeof property === 'object'
      ? isOrdinaryProperty(property)
      : typeof property === 'function' || isRemoved(property) || Boolean(property),
  );
}

/** Writes `updateOnly: false` into the id property, as juggler's `define` does for an id that is not generated. */
function noteWritableId(raw: Dictionary<unknown>, types: readonly unknown[]): void {
  const name = idNameOf(raw, idsOf(raw));
  if (name === undefined) return;
  writableIdProperty(raw, name, types).updateOnly = false;
}
