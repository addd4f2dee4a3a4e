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
import {isEmbeddedShape, isJugglerObject} from '../juggler/property-set';
import {idNameOf, idsOf, type IdProperty} from '../juggler/id-properties';

/** What a class with a name is made from, and what it makes on first use. */
export class NamedClassRecord extends ClassRecord {
  #types: readonly unknown[] = [];
  #ids: readonly IdProperty[] = [];
  /** The id is generated, so that none may be given. */
  #isForced = false;
  #isInjected = false;
  #idName: string | undefined;
  /** Of when the definition was looked at: what it was made from may be changed since. */
  #rules: readonly PropertyRule[] | undefined;
  #first: ModelDefinition['properties'] | undefined;

  /**
   * @param raw an own copy, `isOrdinaryModel`
   * @param settings an own copy
   */
  constructor(
    public raw: Dictionary<unknown>,
    public settings: Settings,
  ) {
    super();
  }

  /** What the properties resolved to, in their order. */
  get types(): readonly unknown[] {
    return (this.#types = makeDeferredTypes(this.#types));
  }

  get typesSoFar(): readonly unknown[] {
    return this.#types;
  }

  override get rules(): readonly PropertyRule[] {
    if (this.#rules) return this.#rules;
    const rules = rulesOf(this.raw, this.#types);
    if (this.#isForced) rules.unshift({name: this.#idName!, generated: true});
    return rules;
  }

  get hasRules(): boolean {
    return this.#isForced || this.rules.length > 0;
  }

  /**
   * As juggler's `define` and its ModelDefinition do, in one pass: there the injection of an id resolves every property once more.
   * The class must be listed already, for its properties may refer to it.
   * @returns false where a property has no type: juggler has the error for it
   */
  resolve(resolve: (property: unknown) => unknown): boolean {
    const {raw, settings} = this;
    const types: unknown[] = [];
    for (const property in raw) {
      const type = resolve(raw[property]);
      if (!type) return false;
      types.push(type);
    }
    this.#types = types;
    this.#ids = idsOf(raw);
    if (this.#ids.length === 0 && settings.idInjection !== false) {
      // in its place, where a property of the name is there
      const place = Object.keys(raw).indexOf('id');
      raw.id = {type: Number, id: 1, generated: true};
      types[place < 0 ? types.length : place] = Number;
      this.#ids = [{name: 'id', id: 1}];
      this.#isInjected = true;
    }
    this.#settleId();
    return true;
  }

  /** As juggler's `setupDataAccess`: a generated id has the type that the connector generates. */
  settleIdType(connector: Connector, knowsOwnType: boolean): void {
    const name = this.#idName;
    const property = name === undefined ? undefined : (this.raw[name] as Dictionary<unknown>);
    if (!property?.generated || (knowsOwnType && property.useDefaultIdType === false) || !connector.getDefaultIdType) return;
    // those of the define
    this.#rules ??= this.rules;
    property.type = connector.getDefaultIdType() || String;
    this.#types = this.#types.with(Object.keys(this.raw).indexOf(name!), property.type);
  }

  /** The properties of the definition as they are when somebody looks at it for the first time: to ask is to look. */
  get firstProperties(): unknown {
    if (this.#first === undefined) void this.definition?.properties;
    return this.#first;
  }

  content(): DefinitionContent {
    const content = definitionContent(this.raw, this.raw, this.types, this.#ids, this.settings);
    this.#first = content.properties;
    this.#rules ??= this.rules;
    // of juggler's second pass
    return this.#isInjected ? {...content, json: null} : content;
  }

  /** A model without a name, or one that a class of ours could not be made of. */
  get isNested(): boolean {
    return this.settings.anonymous === true;
  }

  /** Refers to nothing from now on. */
  forget(): void {
    this.raw = {};
    // emptied: somebody may have them
    for (const name of Object.keys(this.settings)) delete this.settings[name];
    this.#types = [];
    this.#rules = undefined;
  }

  #settleId(): void {
    const name = (this.#idName = idNameOf(this.raw, this.#ids));
    if (name === undefined) return;
    const property = this.raw[name] as Dictionary<unknown>;
    let {forceId} = this.settings;
    if (property.generated && forceId !== false) forceId = 'auto';
    // a base with a generated id has asked for it
    else if (!property.generated && forceId === 'auto') forceId = false;
    this.#isForced = Boolean(forceId);
    writableIdProperty(this.raw, name, this.#types).updateOnly = this.#isForced;
    this.settings.forceId = forceId;
  }
}

/**
 * The property that juggler writes `updateOnly` into. A nested object with a key `id` is one: its class was made from it, or is to be, and
 * must not be seen to have changed.
 */
export function writableIdProperty(raw: Dictionary<unknown>, name: string, types: readonly unknown[]): Dictionary<unknown> {
  const type = types[Object.keys(raw).indexOf(name)];
  if (type instanceof DeferredClass) raw[name] = type.prepareForWrite();
  else if (isModelClass(type)) exposeStructure(type);
  return raw[name] as Dictionary<unknown>;
}

/** What a class of ours with a name is made from, if nobody has looked at its definition yet. */
export function unreadNamedRecordOf(model: ModelClass): NamedClassRecord | undefined {
  const structure = isUnreadDefinition(model.definition) && Object.hasOwn(model, CLASS_RECORD) ? recordOf(model) : undefined;
  return structure instanceof NamedClassRecord ? structure : undefined;
}

/**
 * Whether a model is made by a NamedStructure. The rest is left to juggler's `define`: names that mean something else in it, what it
 * takes out or writes into, settings by which it defines more than the class.
 */
export function isOrdinaryModel(raw: Dictionary<unknown>, settings: Settings): boolean {
  const {models, mixins, excludeBaseProperties, unresolved} = settings;
  if (models || excludeBaseProperties || unresolved || (mixins && Object.keys(mixins).length > 0)) return false;
  for (const name in raw) {
    if (name in Object.prototype || name.includes('.')) return false;
    const property = raw[name];
    if (!property || (typeof property !== 'string' && typeof property !== 'function' && typeof property !== 'object'))
      return false;
    if (typeof property !== 'object') continue;
    const {id, generated, required} = property as Dictionary<unknown>;
    if (typeof required === 'object' && required !== null) return false;
    // juggler takes it as it is, and what it says may change
    if (!Array.isArray(property) && (Object.getPrototypeOf(property) === null || !isJugglerObject(property))) return false;
    if (id && generated && isEmbeddedShape(property, false)) return false;
  }
  return true;
}
