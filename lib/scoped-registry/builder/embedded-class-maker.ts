import {DeferredClass, isDeferrable, isOrdinaryPart, resolveDeferred, type DeferredClassMaker} from '../structure/deferred-class';
import type {TypeContext} from '../structure/type-context';
import {EmbeddedClassRecord} from '../classes/embedded-class-record';
import type {Dictionary, ModelClass, StockModelBuilder} from '../juggler/types';
import {exposeStructure} from '../classes/lazy-definition';
import type {LightClasses} from '../classes/light-classes';
import type {ModelRegistry} from '../registry/model-registry';
import {writableIdProperty} from '../classes/named-class-record';
import {snapshot} from '../structure/private-copies';
import {isRemoved, mayBeWritten} from '../juggler/property-set';
import type {StaticLayer} from '../classes/static-layer';
import {idNameOf, idsOf} from '../juggler/id-properties';
import {embeddedRecordOf} from '../classes/change-detection';
import {LiveValueTypes, type ValueTypesSnapshot} from '../juggler/value-types';

/** Where the embedded classes of a define belong, as it is then. */
interface Place {
  readonly builder: StockModelBuilder;
  readonly registry: ModelRegistry;
  readonly base: ModelClass;
  readonly typeContext: TypeContext;
}

interface How {
  /** A model uses it. */
  readonly isNested: boolean;
  readonly layer?: StaticLayer;
  readonly resolve?: (property: unknown) => unknown;
}

type ResolveType = StockModelBuilder['resolveType'];

/** Makes the classes of nested objects, at once or when somebody asks for them: one for one structure. */
export class EmbeddedClassMaker {
  readonly #valueTypes: LiveValueTypes;

  /**
   * @param resolveType juggler's own
   * @param schemaTypes juggler's value types by lower-case name: process-wide
   * @param resolvesHere whether a builder resolves types by this: somebody's in its place is to see all
   */
  constructor(
    private readonly resolveType: ResolveType,
    private readonly schemaTypes: Dictionary<Function>,
    private readonly classes: LightClasses,
    private readonly resolvesHere: (builder: StockModelBuilder) => boolean,
  ) {
    this.#valueTypes = new LiveValueTypes(schemaTypes);
  }

  /** The class of a nested object: the one that is there, else one made from a copy that nobody else writes to. */
  classOf(builder: StockModelBuilder, registry: ModelRegistry, shape: object, isSubProperty: boolean): unknown {
    const {journal, copies, embeddedIndex: index} = registry;
    const place = this.#place(builder, registry);
    const {typeContext} = place;
    const known = index.findEqual(shape, typeContext);
    if (known) return known;
    const raw = copies.property(shape, isSubProperty) as object;
    // of the copy: a getter may have answered differently a second time
    const hash = typeContext.hashOf(raw);
    const make = () => this.resolveType.call(builder, raw, isSubProperty) as ModelClass;
    const model =
      hash === undefined ? journal.runDefine(make) : journal.runDefine(() => this.#indexed(place, shape, raw, hash, make));
    // from now on somebody may see what it was made of, and write to it or define another model from it
    if (!journal.running) copies.forget();
    return model;
  }

  #indexed(place: Place, shape: object, raw: object, hash: number, make: () => ModelClass): ModelClass {
    const {registry, typeContext} = place;
    const {journal, embeddedIndex: index} = registry;
    const isJugglers = journal.frame.byJuggler;
    const isOurs = registry.maker === 'light' && isOrdinary(raw);
    const asked = !isOurs || mayBeWritten(raw) ? snapshot(raw) : undefined;
    const model = isOurs ? this.#make(place, raw, hash, {isNested: journal.nested}) : make();
    journal.note({undo: () => index.forget(model)});
    if (isOurs) index.addLight(model, asked);
    else index.addStock(model, typeContext, hash, asked!, raw);
    // juggler shows it already, as a part of what is around it
    if (isOurs && raw === shape && isJugglers) exposeStructure(model);
    return model;
  }

  /** Resolves the properties of a model, own copies; classes that can be made later are. */
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
    if (registry.maker === 'stock' || !this.resolvesHere(builder)) return property => builder.resolveType(property);
    const then = this.#valueTypes.now;
    let maker: DeferredClassMaker | undefined;
    return property => {
      if (typeof property !== 'object' || property === null) return builder.resolveType(property);
      // it is read from a document
      const isAlone = registry.copies.isDeferrable(property);
      if (!isAlone && !isDeferrable(property, then)) return builder.resolveType(property);
      registry.embeddedIndex.hasDeferredClasses = true;
      return new DeferredClass(
        property,
        (maker ??= new LaterParts(this, place, this.classes.statics(place.base), then)),
        isAlone,
      );
    };
  }

  /**
   * @internal As it would have been made when the model around it was defined.
   * @param run the define that was running then
   */
  makeLater(place: Place, layer: StaticLayer, run: number, maker: DeferredClassMaker, shape: object, shown?: object): unknown {
    const {registry, typeContext} = place;
    const {journal, embeddedIndex: index} = registry;
    // where a name in it means something else by now, that is another structure
    const {now} = this.#valueTypes;
    const isIndexed = now === maker.valueTypes || now.meanTheSame(shape, maker.valueTypes);
    const known = isIndexed ? index.findEqual(shape, typeContext) : undefined;
    if (known) return known;
    const raw = shape as Dictionary<unknown>;
    const isPartOfDefine = journal.running && journal.currentRun === run;
    return journal[isPartOfDefine ? 'runDefine' : 'runSeparately'](() => {
      const asked = mayBeWritten(raw) ? snapshot(raw) : undefined;
      const resolve = (property: unknown) => resolveDeferred(property, maker);
      const model = this.#make(place, raw, typeContext.hashOf(raw)!, {isNested: true, layer, resolve});
      if (shown) embeddedRecordOf(model)!.show(shown as Dictionary<unknown>);
      journal.note({undo: () => index.forget(model)});
      if (isIndexed) index.addLight(model, asked);
      index.hasDeferredClasses = true;
      return model;
    });
  }

  #make(place: Place, raw: Dictionary<unknown>, hash: number, how: How): ModelClass {
    const {builder, registry, base, typeContext} = place;
    const {layer = this.classes.statics(base), resolve = this.#resolving(place)} = how;
    const name = builder.getSchemaName(null);
    for (const property of Object.keys(raw)) if (isRemoved(raw[property])) delete raw[property];
    return registry.catalogue.adding(name, how.isNested, () => {
      const types = registry.journal.within({byJuggler: false}, () => Object.keys(raw).map(property => resolve(raw[property])));
      noteId(raw, types);
      const structure = new EmbeddedClassRecord(raw, types, typeContext, hash);
      const model = this.classes.makeEmbedded(builder, name, structure, base, layer);
      builder.models[name] = model;
      builder.definitions[name] = model.definition!;
      return model;
    });
  }
}

/** Of one define: what its embedded classes are made with later. */
class LaterParts implements DeferredClassMaker {
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

  makeDeferred(shape: object, shown?: object): unknown {
    return this.#maker.makeLater(this.#place, this.#layer, this.#run, this, shape, shown);
  }
}

/**
 * Without what is left to juggler's `define`: generated ids, names that every object has, and what juggler writes
 * into the options of `required`.
 */
function isOrdinary(raw: object): raw is Dictionary<unknown> {
  // juggler looks names up in plain objects, where these mean something else
  if (Object.keys(raw).some(name => name in Object.prototype)) return false;
  return Object.values(raw).every(property =>
    typeof property === 'object'
      ? isOrdinaryPart(property)
      : typeof property === 'function' || isRemoved(property) || Boolean(property),
  );
}

/** juggler writes into what is the id that it may be set at any time, as it is not generated. */
function noteId(raw: Dictionary<unknown>, types: readonly unknown[]): void {
  const name = idNameOf(raw, idsOf(raw));
  if (name === undefined) return;
  writableIdProperty(raw, name, types).updateOnly = false;
}
