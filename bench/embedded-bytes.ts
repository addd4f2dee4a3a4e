import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group, Side} from './group';
import {heapAfterCollection} from './heap';

const TENANTS = 100;
const SHAPES = 25;

/** Flat, of two properties, as many embedded objects are; each class has a structure of its own, as nothing is deduped. */
const shape = (index: number, prefix: string) => ({[`${prefix}${index}`]: String, kind: Number});

interface Resolver {
  resolveType(shape: object): new (data: object) => unknown;
}

const MAKERS: Record<Side, () => (tenant: string) => Resolver> = {
  stock: () => () => new juggler.ModelBuilder(),
  ours: () => {
    const registries = new TenantRegistries({max: 2 * TENANTS});
    return tenant => new ModelBuilder({registries, tenant});
  },
};

function classes(maker: (tenant: string) => Resolver, tenants: number, prefix: string) {
  return Array.from({length: tenants}, (_, tenant) => {
    const builder = maker(`${prefix}-${tenant}`);
    return {builder, classes: Array.from({length: SHAPES}, (_, index) => builder.resolveType(shape(index, prefix)))};
  });
}

/** The classes of the row, and how many they are. */
export function embeddedClasses(side: Side) {
  const held = classes(MAKERS[side](), TENANTS, 'shape');
  return {held, count: held.length * SHAPES};
}

export const embeddedBytes: Group = {
  rows: ['embedded-bytes', 'embedded-bytes-used'],
  apart: true,
  repetitions: 3,
  async measure([side], _short, progress) {
    const use = (held: ReturnType<typeof classes>) => {
      for (const {classes} of held) for (const Class of classes) new Class({kind: 1});
    };
    // what V8 compiles is no class's: it is compiled before, for other shapes of a maker that is dropped
    use(classes(MAKERS[side](), 2, 'warm'));
    const before = await heapAfterCollection();
    const {held, count} = embeddedClasses(side);
    progress(0.5);
    const made = await heapAfterCollection();
    use(held);
    const used = await heapAfterCollection();
    progress(1);
    return {
      'embedded-bytes': {[side]: [(made - before) / count]},
      'embedded-bytes-used': {[side]: [(used - before) / count]},
    };
  },
};
