/**
 * Structures of property sets for the compat registry: keys by which registered models are found, labels for dashboards, and
 * the descriptions that the fork's registry offered.
 */
import {createHash as hash} from 'node:crypto';
import juggler from 'loopback-datasource-juggler';
import {shareIdentity} from '../scoped-registry/primitives/object-identity';
import {defineOwn, ownSymbols} from '../scoped-registry/primitives/own-property';
import {isPlainData, MOST_LEVELS} from '../scoped-registry/juggler/property-set';
import {fingerprint} from './fingerprint';

type Entries = Record<PropertyKey, unknown>;

/**
 * Returns a key that is equal for equal property sets, in any order of keys. Returns undefined for anything but an object,
 * and for a structure that has no fingerprint, such as one with a cycle.
 * @param resolveName finds the type of a name that is not one of juggler's own types
 */
export function structureKey(properties: unknown, resolveName: (name: string) => unknown): string | undefined {
  if (typeof properties !== 'object' || properties === null || isDeeper(properties, MOST_LEVELS)) return undefined;
  const types = (juggler.ModelBuilder as unknown as {schemaTypes: Record<string, Function>}).schemaTypes;
  return fingerprint(sorted(properties) as object, name => types[name.toLowerCase()] ?? resolveName(name));
}

/** A label for a structure, equal for equal structures. No model is found by it. */
export function fingerprintOf(properties: unknown, resolveName: (name: string) => unknown): string {
  if (typeof properties !== 'object' || properties === null) return 'invalid-properties';
  const key = structureKey(properties, resolveName);
  return key === undefined ? 'error-no-structure' : `h${hash('sha256').update(key).digest('hex')}`;
}

/**
 * Copies a property set with sorted keys. A `type` that is a function is replaced by its name. An object that has a property
 * with a `type` also gets `__structureKeys`, the list of its keys. All other values stay as they are.
 */
export function normalize(properties: unknown): unknown {
  return copySorted(
    properties,
    new Map(),
    (key, value) => (key === 'type' && typeof value === 'function' ? value.name : value),
    true,
  );
}

function sorted(properties: unknown): unknown {
  return copySorted(properties, new Map(), (_key, value) => value, false);
}

/**
 * @param copies the copies by their originals, so that a cycle in the original is a cycle in the copy
 * @param change replaces a value before it is copied
 * @param listsKeys whether `__structureKeys` is added
 */
function copySorted(
  value: unknown,
  copies: Map<object, unknown>,
  change: (key: PropertyKey, value: unknown) => unknown,
  listsKeys: boolean,
): unknown {
  if (typeof value !== 'object' || value === null || !isPlainData(value)) return value;
  if (copies.has(value)) return copies.get(value);
  const isList = Array.isArray(value);
  const copy = isList ? new Array<unknown>(value.length) : {};
  // The fingerprint compares a default that is an object by identity, so the copy must have the identity of the original.
  shareIdentity(copy, value);
  copies.set(value, copy);
  const keys = Object.keys(value).sort();
  const write = (key: PropertyKey, item: unknown) => defineOwn(copy, key, item, true);
  for (const key of [...keys, ...ownSymbols(value)]) {
    const item = (value as Entries)[key];
    write(key, copySorted(isList ? item : change(key, item), copies, change, listsKeys));
  }
  if (listsKeys && !isList && Object.values(value).some(isTyped)) write('__structureKeys', keys.join(','));
  return copy;
}

function isTyped(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Boolean((value as Entries).type);
}

/** Whether a value has more levels of objects than these, as every cycle has. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || !isPlainData(value)) return false;
  return levels === 0 || Object.values(value).some(item => isDeeper(item, levels - 1));
}

/** A rough class of structures: `complex` has at least one object among its values. */
export type StructureType = 'simple' | 'array' | 'complex' | 'invalid';

/** Classifies a property set. It is `invalid` when it is no object. */
export function structureType(properties: unknown): StructureType {
  if (typeof properties !== 'object' || properties === null) return 'invalid';
  if (Array.isArray(properties)) return 'array';
  return Object.values(properties).some(value => typeof value === 'object' && value !== null) ? 'complex' : 'simple';
}

/** The number of levels of objects inside objects. In a cycle each object counts once. */
export function structureDepth(value: unknown, depth = 0, open: readonly unknown[] = []): number {
  if (typeof value !== 'object' || value === null || open.includes(value)) return depth;
  const within = [...open, value];
  const objects = Object.values(value).filter(item => typeof item === 'object' && item !== null && !within.includes(item));
  return Math.max(depth, ...objects.map(item => structureDepth(item, depth + 1, within)));
}

/** A 32-bit hash of a text (FNV-1a), for labels. Two texts may have the same hash. */
export function shortHash(text: unknown): string {
  if (typeof text !== 'string' || text === '') return 'invalid-input';
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  return `h${(bits >>> 0).toString(16)}`;
}
