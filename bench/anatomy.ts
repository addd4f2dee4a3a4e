/**
 * Prints the objects that one embedded class consists of, by kind: the difference of two heap snapshots, divided by the number of
 * classes. Run: `node --expose-gc build/bench/anatomy.js stock` or `… ours`.
 */
import {getHeapSnapshot} from 'node:v8';
import {json} from 'node:stream/consumers';
import {embeddedClasses} from './embedded-bytes';
import type {Side} from './group';
import {heapAfterCollection} from './heap';

interface Snapshot {
  readonly snapshot: {readonly meta: {readonly node_fields: string[]; readonly node_types: [string[], ...unknown[]]}};
  readonly nodes: number[];
  readonly strings: string[];
}

interface Share {
  readonly bytes: number;
  readonly count: number;
}

/** Kinds with fewer bytes per class are summed up in one line. */
const SMALL = 24;

async function kinds(): Promise<Map<string, Share>> {
  await heapAfterCollection();
  const {snapshot, nodes, strings} = (await json(getHeapSnapshot())) as Snapshot;
  const {node_fields: fields, node_types: types} = snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map(field => fields.indexOf(field));
  const found = new Map<string, Share>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = kindOf(types[0][nodes[at + type]], strings[nodes[at + name]]);
    const {bytes, count} = found.get(kind) ?? {bytes: 0, count: 0};
    found.set(kind, {bytes: bytes + nodes[at + size], count: count + 1});
  }
  return found;
}

/**
 * The name of an object is part of its kind only for objects, code and V8's internals. Strings, numbers and functions have as many names
 * as there are classes.
 */
function kindOf(type: string, name: string): string {
  if (type === 'hidden' || type === 'array' || type === 'code' || type === 'object shape')
    return `${type}: ${name.replaceAll(/[\d_]+/g, '#')}`;
  return type === 'object' ? `object: ${name.replaceAll(/\d+/g, '#')}` : type;
}

async function main(side: Side): Promise<void> {
  // These classes are dropped. They make V8 compile the code before the first snapshot, so that code is not counted for the classes.
  embeddedClasses(side);
  await kinds();
  const before = await kinds();
  const {held, count} = embeddedClasses(side);
  const after = await kinds();
  const rows = [...after]
    .map(([kind, {bytes, count: objects}]) => {
      const earlier = before.get(kind) ?? {bytes: 0, count: 0};
      return {kind, bytes: (bytes - earlier.bytes) / count, objects: (objects - earlier.count) / count};
    })
    .sort((a, b) => b.bytes - a.bytes);
  const line = (kind: string, bytes: number, objects: number) =>
    console.log(`${bytes.toFixed(0).padStart(7)} B ${objects.toFixed(2).padStart(7)}  ${kind}`);
  const sum = (chosen: typeof rows) =>
    [chosen.reduce((total, {bytes}) => total + bytes, 0), chosen.reduce((total, {objects}) => total + objects, 0)] as const;
  console.log(`${side}: ${count} embedded classes, bytes and objects for each`);
  for (const {kind, bytes, objects} of rows.filter(({bytes}) => bytes >= SMALL)) line(kind, bytes, objects);
  line('all others', ...sum(rows.filter(({bytes}) => bytes < SMALL)));
  line(`in all, of ${held.length} tenants`, ...sum(rows));
}

void main(process.argv[2] === 'stock' ? 'stock' : 'ours');
