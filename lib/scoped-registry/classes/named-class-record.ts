import {makeDeferredTypes, DeferredClass} from '../structure/deferred-class';
import {definitionContent, type DefinitionContent} from '../juggler/definition-content';
import {CLASS_RECORD, ClassRecord, recordOf} from '../ownership/class-record';
import {
  isModelClass,
  type Connector,
  type Dictionary,
  type ModelClass,
  type ModelDefinition,
  type Settings,
} from '../juggler/types';
import {exposeStructure, isUnreadDefinition} from './lazy-definition';
import {rulesOf, type PropertyRule} from '../juggler/validation-rules';
import {isEmbeddedShape, isJugglerObject, isRemoved} from '../juggler/property-set';
import type {DefineReason} from '../debug-log';
import {ownKeys} from '../primitives/own-property';
import {idNameOf, idsOf, type IdProperty} from '../juggler/id-properties';

/** The record of a named light class: the properties and settings from which it was made, and the content of its definition. */
export class NamedClassRecord extends ClassRecord {
  #types: readonly unknown[] = [];
  #ids: readonly IdProperty[] = [];
  /** The setting `forceId` is in force: a new instance must not have an id. */
  #isIdForced = false;
  /** The property `id` was added because the model has no id of its own. */
  #isIdInjected = false;
  #idName: string | undefined;
  /** The validation rules at define time, kept once the properties may have changed. */
  #rules: readonly PropertyRule[] | undefined;
  #firstProperties: ModelDefinition['properties'] | undefined;

  /**
   * @param raw a private copy of the properties; properties and settings have no `reasonForJuggler`
   * @param settings a private copy of the settings
   */
  constructor(
    public raw: Dictionary<unknown>,
    public settings: Settings,
  ) {
    super();
  }

  /** What the properties resolved to, in their order. Makes deferred classes. */
  get types(): readonly unknown[] {
    return (this.#types = makeDeferredTypes(this.#types));
  }

  /** What the properties resolved to, in their order. A class that is not made yet is a DeferredClass in this list. */
  get typesWithDeferred(): readonly unknown[] {
    return this.#types;
  }

  override get rules(): readonly PropertyRule[] {
    if (this.#rules) return this.#rules;
    const rules = rulesOf(this.raw, this.#types);
    if (this.#isIdForced) rules.unshift({name: this.#idName!, generated: true});
    return rules;
  }

  /** Whether the properties require validations. */
  get hasRules(): boolean {
    return this.#isIdForced || this.rules.length > 0;
  }

  /**
   * Resolves the properties and settles the id, as juggler's `define` and ModelDefinition do. juggler resolves every property a
   * second time after it has injected an id; this does it once. The class must be listed already, because its properties may
   * refer to it.
   * @returns the name of a property that has no type, or undefined; juggler's own `define` handles such a property
   */
  resolve(resolve: (property: unknown) => unknown): string | undefined {
    const {raw, settings} = this;
    const types: unknown[] = [];
    for (const property in raw) {
      const type = resolve(raw[property]);
      if (!type) return property;
      types.push(type);
    }
    this.#types = types;
    this.#ids = idsOf(raw);
    if (this.#ids.length === 0 && settings.idInjection !== false) {
      // a property named `id` that is no id is replaced, and keeps its place in the order
      const place = Object.keys(raw).indexOf('id');
      raw.id = {type: Number, id: 1, generated: true};
      types[place < 0 ? types.length : place] = Number;
      this.#ids = [{name: 'id', id: 1}];
      this.#isIdInjected = true;
    }
    this.#settleId();
    return undefined;
  }

  /**
   * Gives a generated id the type that the connector generates, as juggler's DataSource.prototype.setupDataAccess does.
   * @param knowsOwnType whether this major of juggler honours `useDefaultIdType: false`, by which a property keeps its own type
   */
  settleIdType(connector: Connector, knowsOwnType: boolean): void {
    const name = this.#idName;
    const property = name === undefined ? undefined : (this.raw[name] as Dictionary<unknown>);
    if (!property?.generated || (knowsOwnType && property.useDefaultIdType === false) || !connector.getDefaultIdType) return;
    // the type changes below, and the validations must stay those of the define
    this.#rules ??= this.rules;
    property.type = connector.getDefaultIdType() || String;
    this.#types = this.#types.with(Object.keys(this.raw).indexOf(name!), property.type);
  }

  /**
   * The `properties` object with which the definition was first filled. Reading this fills an unread definition. juggler passes
   * this object to the connector, and the connector keeps it even when the definition is rebuilt.
   */
  get propertiesAtFirstRead(): unknown {
    if (this.#firstProperties === undefined) void this.definition?.properties;
    return this.#firstProperties;
  }

  content(): DefinitionContent {
    const content = definitionContent(this.raw, this.raw, this.types, this.#ids, this.settings);
    this.#firstProperties = content.properties;
    this.#rules ??= this.rules;
    // juggler's forced rebuild after the injection of an id sets `json` to null
    return this.#isIdInjected ? {...content, json: null} : content;
  }

  /**
   * Whether the class is anonymous: the class of a nested object that could not be made as an embedded light class, or a model
   * that `buildModels` made without a name.
   */
  get isNested(): boolean {
    return this.settings.anonymous === true;
  }

  replaceMentions(replaced: (value: unknown) => unknown): void {
    this.#types = this.types.map(replaced);
    this.#rules = this.#rules?.map(rule => ({...rule, type: replaced(rule.type)}));
    for (const object of [this.raw, this.settings, this.#firstProperties]) replaced(object);
  }

  /** Drops all references to classes and properties. The end of the registry calls this. */
  forget(): void {
    this.raw = {};
    // emptied in place, because user code may hold the object
    for (const key of ownKeys(this.settings)) delete this.settings[key as string];
    this.#types = [];
    this.#rules = this.#firstProperties = undefined;
  }

  /** Settles `forceId` and `updateOnly` as juggler's `define` does. */
  #settleId(): void {
    const name = (this.#idName = idNameOf(this.raw, this.#ids));
    if (name === undefined) return;
    const property = this.raw[name] as Dictionary<unknown>;
    let {forceId} = this.settings;
    if (property.generated && forceId !== false) forceId = 'auto';
    // 'auto' was inherited from a base with a generated id
    else if (!property.generated && forceId === 'auto') forceId = false;
    this.#isIdForced = Boolean(forceId);
    writableIdProperty(this.raw, name, this.#types).updateOnly = this.#isIdForced;
    this.settings.forceId = forceId;
  }
}

/**
 * Returns the raw id property, so that the caller can write `updateOnly` into it as juggler's `define` does. When the id
 * property is a nested object (with a key `id`), this first makes sure that its embedded class keeps the structure from before
 * the write.
 */
export function writableIdProperty(raw: Dictionary<unknown>, name: string, types: readonly unknown[]): Dictionary<unknown> {
  const type = types[Object.keys(raw).indexOf(name)];
  if (type instanceof DeferredClass) raw[name] = type.prepareForWrite();
  else if (isModelClass(type)) exposeStructure(type);
  return raw[name] as Dictionary<unknown>;
}

/** Returns the record of a named light class whose definition is unread, or undefined for any other class. */
export function unreadNamedRecordOf(model: ModelClass): NamedClassRecord | undefined {
  const record = isUnreadDefinition(model.definition) && Object.hasOwn(model, CLASS_RECORD) ? recordOf(model) : undefined;
  return record instanceof NamedClassRecord ? record : undefined;
}

/**
 * Returns why juggler's own `define` must define a model, or undefined when `LightClasses.defineNamed` can define it. juggler defines
 * models with property names that juggler treats specially, with properties that juggler deletes or writes into, or with settings
 * that do more than define one class.
 */
export function reasonForJuggler(raw: Dictionary<unknown>, settings: Settings): DefineReason | undefined {
  const {models, mixins, excludeBaseProperties, unresolved} = settings;
  if (unresolved) return {because: 'it is a placeholder for a model that is not defined yet'};
  if (models) return {because: 'it has the setting models'};
  if (excludeBaseProperties) return {because: 'it has the setting excludeBaseProperties'};
  if (mixins && Object.keys(mixins).length > 0) return {because: 'it has the setting mixins'};
  for (const name in raw) {
    const because = unusualPart(name, raw[name]);
    if (because !== undefined) return {property: name, because};
  }
  return undefined;
}

function unusualPart(name: string, property: unknown): string | undefined {
  if (name in Object.prototype) return 'has a name that every object has';
  if (name.includes('.')) return 'has a dot in its name';
  if (isRemoved(property)) return 'is switched off';
  if (!property || (typeof property !== 'string' && typeof property !== 'function' && typeof property !== 'object'))
    return 'has no type';
  if (typeof property !== 'object') return undefined;
  const {id, generated, required} = property as Dictionary<unknown>;
  if (typeof required === 'object' && required !== null) return 'has an object for its option required';
  if (Object.hasOwn(property, '__proto__')) return 'has an attribute named __proto__';
  // juggler uses such an object itself as the type, and a later change of the object would take effect
  if (!Array.isArray(property) && (Object.getPrototypeOf(property) === null || !isJugglerObject(property)))
    return 'is no plain object';
  if (id && generated && isEmbeddedShape(property, false)) return 'is a nested object with the keys id and generated';
  return undefined;
}
