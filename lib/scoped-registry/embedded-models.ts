import {fingerprint, type Fingerprint, type ResolveTypeName} from './fingerprint';
import type {Identities} from './identities';
import type {Dictionary, ModelClass} from './juggler';

/**
 * What else decides about an embedded class than its structure: the builder's strictness and base class, and how the
 * copy of juggler reads type names.
 */
export interface Dialect {
  readonly strict: unknown;
  readonly base: Function;
  /** Must not make placeholders: it serves look-ups. */
  readonly resolveTypeName: ResolveTypeName;
}

/** The weak tier is swept each time it has doubled, but not below this. */
const SMALLEST_SWEEP = 64;

interface Entry {
  readonly model: ModelClass;
  readonly keys: Set<string>;
  readonly mentions: ReadonlySet<ModelClass>;
  /** What the class looked like when it was made. */
  readonly untouched: readonly unknown[];
  /** The embedded classes of its properties: a change of one is a change of the class around it. */
  readonly parts: readonly ModelClass[];
}

/**
 * The embedded classes of one registry by fingerprint: the same structure gives the same class. A class that was
 * changed since it was made (a property, a hook, a validation, a mixin of its own) no longer is what its structure
 * says, and leaves the index when that is noticed, at its next look-up. One that no model uses any more moves to a weak
 * tier: as long as somebody holds an instance of it, its structure finds it again.
 */
export class EmbeddedModels {
  /** Look-ups answered with a class that was there. */
  reused = 0;

  #byKey = new Map<string, Entry>();
  #byModel = new Map<ModelClass, Entry>();
  #byMention = new Map<ModelClass, Set<Entry>>();
  #dialects = new Map<string, Dialect>();
  #unused = new Map<string, WeakRef<ModelClass>>();
  /** By class, which an entry keeps alive. */
  #unusedEntries = new WeakMap<ModelClass, Entry>();
  #sweepAt = SMALLEST_SWEEP;

  /** @param onReturn told of each class that comes back from the weak tier */
  constructor(
    private readonly identities: Identities,
    private readonly onReturn: (model: ModelClass) => void,
  ) {}

  /** The number of classes that can be found by structure. */
  get size(): number {
    return this.#byModel.size;
  }

  /** The fingerprint of a structure as a builder of this dialect would read it. */
  fingerprint(shape: object, dialect: Dialect, resolveTypeName = dialect.resolveTypeName): Fingerprint | undefined {
    const structure = fingerprint(shape, this.identities, resolveTypeName);
    return structure && {key: this.#prefix(dialect) + structure.key, mentions: structure.mentions};
  }

  find(key: string): ModelClass | undefined {
    const entry = this.#byKey.get(key) ?? this.#returning(key);
    if (!entry) return undefined;
    if (!this.#isUntouched(entry)) {
      this.#forget(entry);
      return undefined;
    }
    this.reused++;
    return entry.model;
  }

  /** Finds by structure in every dialect that this registry's builders have used. Makes nothing, not even placeholders. */
  findByStructure(shape: object, accepts: (model: ModelClass) => boolean = () => true): ModelClass | undefined {
    for (const dialect of this.#dialects.values()) {
      const structure = this.fingerprint(shape, dialect);
      const model = structure && this.find(structure.key);
      if (model && accepts(model)) return model;
    }
    return undefined;
  }

  add({key, mentions}: Fingerprint, model: ModelClass, dialect: Dialect): void {
    const known = this.#byModel.get(model);
    if (known) {
      known.keys.add(key);
      if (!this.#byKey.has(key)) this.#byKey.set(key, known);
      return;
    }
    this.#dialects.set(this.#prefix(dialect), dialect);
    this.#enter({
      model,
      keys: new Set([key]),
      mentions,
      untouched: appearance(model),
      parts: this.#partsOf(model),
    });
  }

  /** Moves a class that no model uses any more to the weak tier. */
  retire(model: ModelClass): void {
    const entry = this.#byModel.get(model);
    if (!entry) return;
    this.#forget(entry);
    if (this.#unused.size >= this.#sweepAt) {
      for (const [key, ref] of this.#unused) if (!ref.deref()) this.#unused.delete(key);
      this.#sweepAt = Math.max(SMALLEST_SWEEP, this.#unused.size * 2);
    }
    const ref = new WeakRef(model);
    for (const key of entry.keys) this.#unused.set(key, ref);
    this.#unusedEntries.set(model, entry);
  }

  forget(model: ModelClass): void {
    const entry = this.#byModel.get(model);
    if (entry) this.#forget(entry);
  }

  /** Drops every fingerprint that mentions `model`: it was redefined or deleted. */
  forgetMentionsOf(model: ModelClass): void {
    for (const entry of this.#byMention.get(model) ?? []) this.#forget(entry);
    this.#byMention.delete(model);
  }

  clear(): void {
    this.#byKey.clear();
    this.#byModel.clear();
    this.#byMention.clear();
    this.#dialects.clear();
    this.#unused.clear();
    this.#unusedEntries = new WeakMap();
  }

  #enter(entry: Entry): void {
    for (const key of entry.keys) if (!this.#byKey.has(key)) this.#byKey.set(key, entry);
    this.#byModel.set(entry.model, entry);
    for (const mentioned of entry.mentions) {
      const entries = this.#byMention.get(mentioned);
      if (entries) entries.add(entry);
      else this.#byMention.set(mentioned, new Set([entry]));
    }
  }

  /** An entry that is back from the weak tier, with those of its parts. */
  #returning(key: string): Entry | undefined {
    const model = this.#unused.get(key)?.deref();
    const entry = model && this.#unusedEntries.get(model);
    if (!entry || !this.#isUntouched(entry)) return undefined;
    this.#return(entry);
    return entry;
  }

  #return(entry: Entry): void {
    for (const key of entry.keys) this.#unused.delete(key);
    this.#unusedEntries.delete(entry.model);
    this.#enter(entry);
    this.onReturn(entry.model);
    for (const part of entry.parts) {
      const unused = this.#unusedEntries.get(part);
      if (unused) this.#return(unused);
    }
  }

  #isUntouched({model, untouched, parts}: Entry): boolean {
    const now = appearance(model);
    if (now.length !== untouched.length || now.some((value, index) => value !== untouched[index])) return false;
    return parts.every(part => {
      const entry = this.#byModel.get(part) ?? this.#unusedEntries.get(part);
      return entry !== undefined && this.#isUntouched(entry);
    });
  }

  #partsOf({definition}: ModelClass): ModelClass[] {
    const types = Object.values(definition?.properties ?? {}).map(({type}) =>
      Array.isArray(type) ? (type[0] as unknown) : type,
    );
    return types.filter((type): type is ModelClass => this.#byModel.has(type as ModelClass));
  }

  #forget(entry: Entry): void {
    for (const key of entry.keys) if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
    this.#byModel.delete(entry.model);
    for (const mentioned of entry.mentions) {
      const entries = this.#byMention.get(mentioned);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byMention.delete(mentioned);
    }
  }

  #prefix(dialect: Dialect): string {
    const {strict} = dialect;
    return `${typeof strict === 'function' ? this.identities.of(strict) : JSON.stringify(strict)}|${this.identities.of(dialect.base)}|`;
  }
}

/**
 * Everything about a class that user code can change, as one list of values. juggler itself writes two of the settings
 * later, as empty maps.
 */
function appearance(model: ModelClass): unknown[] {
  const look: unknown[] = [];
  const {base, definition, settings, _observers, validations, relations, getter, setter} = model;
  const statics = model as unknown as Dictionary<unknown>;
  const baseStatics = base as unknown as Dictionary<unknown>;
  // juggler copies the statics of the base: these are compared with it, not remembered
  look.push(Object.getOwnPropertyNames(model).length, model.eventNames?.().length);
  for (const name in base)
    if (name !== '_mixins' && statics[name] !== baseStatics[name] && !OWN_STATICS.has(name)) look.push(name);
  for (const name of Object.getOwnPropertyNames(model.prototype)) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name)!;
    look.push(name, property.get ?? property.value, property.set);
  }
  for (const lists of [_observers, validations]) for (const name in lists) look.push(name, lists[name]?.length);
  for (const values of [getter, setter, relations]) for (const name in values) look.push(name, values[name]);
  for (const name in settings) {
    const setting = settings[name];
    const isEmptyMap = typeof setting === 'object' && setting !== null && Object.keys(setting).length === 0;
    if (!isEmptyMap) look.push(name, setting);
  }
  look.push(definition?.properties);
  for (const name in definition?.properties) {
    const property = definition.properties[name];
    for (const attribute in property) look.push(attribute, property[attribute]);
  }
  return look;
}

/** Statics that juggler makes for each class. */
const OWN_STATICS = new Set([
  'getter',
  'setter',
  'definition',
  'settings',
  'extend',
  'forEachProperty',
  'attachTo',
  'registerProperty',
  '__rank',
]);
