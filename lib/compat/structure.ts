import {createHash as hash} from 'node:crypto';
import juggler from 'loopback-datasource-juggler';
import {shareIdentity} from '../scoped-registry/primitives/object-identity';
import {defineOwn} from '../scoped-registry/primitives/own-property';
import {isPlainData} from '../scoped-registry/juggler/property-set';
import {fingerprint} from './fingerprint';

type Entries = Record<string, unknown>;

/**
 * The exact identity of a property set, whatever the order of its keys; undefined for what is none, and where nobody can
 * tell, as with a cycle.
 * @param resolveName what a type name that is none of juggler's own stands for
 */
export function structureKey(properties: unknown, resolveName: (name: string) => unknown): string | undefined {
  if (typeof properties !== 'object' || properties === null || isCyclic(properties)) return undefined;
  const types = (juggler.ModelBuilder as unknown as {schemaTypes: Record<string, Function>}).schemaTypes;
  return fingerprint(sorted(properties) as object, name => types[name.toLowerCase()] ?? resolveName(name));
}

/** A label: equal for equal keys. Nothing is found by it. */
export function fingerprintOf(properties: unknown, resolveName: (name: string) => unknown): string {
  if (typeof properties !== 'object' || properties === null) return 'invalid-properties';
  const key = structureKey(properties, resolveName);
  return key === undefined ? 'error-no-structure' : `h${hash('sha256').update(key).digest('hex')}`;
}

/**
 * A copy with sorted keys. Types are named, and a set that has properties with attributes lists its keys; all other values
 * are kept as they are.
 */
export function normalize(properties: unknown): unknown {
  return copied(
    properties,
    new Map(),
    (key, value) => (key === 'type' && typeof value === 'function' ? value.name : value),
    true,
  );
}

function sorted(properties: unknown): unknown {
  return copied(properties, new Map(), (_key, value) => value, false);
}

/** @param seen copies by their originals: a cycle is one in the copy too */
function copied(
  value: unknown,
  seen: Map<object, unknown>,
  change: (key: string, value: unknown) => unknown,
  listsKeys: boolean,
): unknown {
  if (typeof value !== 'object' || value === null || !isPlainData(value)) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    shareIdentity(items, value);
    seen.set(value, items);
    for (const item of value) items.push(copied(item, seen, change, listsKeys));
    return items;
  }
  const copy: Entries = {};
  // a default that is an object is one by identity
  shareIdentity(copy, value);
  seen.set(value, copy);
  const keys = Object.keys(value).sort();
  const write = (key: string, item: unknown) => defineOwn(copy, key, item, true);
  for (const key of keys) write(key, copied(change(key, (value as Entries)[key]), seen, change, listsKeys));
  if (listsKeys && Object.values(value).some(isTyped)) write('__structureKeys', keys.join(','));
  return copy;
}

function isTyped(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Boolean((value as Entries).type);
}

function isCyclic(value: unknown, open: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null || !isPlainData(value)) return false;
  if (open.includes(value)) return true;
  const within = [...open, value];
  return Object.values(value).some(item => isCyclic(item, within));
}

export type StructureType = 'simple' | 'array' | 'complex' | 'invalid';

export function structureType(properties: unknown): StructureType {
  if (typeof properties !== 'object' || properties === null) return 'invalid';
  if (Array.isArray(properties)) return 'array';
  return Object.values(properties).some(value => typeof value === 'object' && value !== null) ? 'complex' : 'simple';
}

/** How deep objects lie in objects; an object around itself counts once. */
export function structureDepth(value: unknown, depth = 0, open: readonly unknown[] = []): number {
  if (typeof value !== 'object' || value === null || open.includes(value)) return depth;
  const within = [...open, value];
  const objects = Object.values(value).filter(item => typeof item === 'object' && item !== null && !within.includes(item));
  return Math.max(depth, ...objects.map(item => structureDepth(item, depth + 1, within)));
}

/** 32 bits of a text (FNV-1a), for labels. Two texts may share it. */
export function shortHash(text: unknown): string {
  if (typeof text !== 'string' || text === '') return 'invalid-input';
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  return `h${(bits >>> 0).toString(16)}`;
}
