import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantRegistries} from '../lib/index';
import type {Group, Side} from './group';
import {heapAfterCollection} from './heap';

const TENANTS = 100;
const SHAPES = 25;

/** A flat object of two properties, as most embedded objects are. Each class of a tenant has another structure: none is reused. */
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

/** Makes the classes that the row measures. Returns what holds them, and their number. */
export function embeddedClasses(side: Side) {
  const held = classes(MAKERS[side](), TENANTS, 'shape');
  return {held, count: held.length * SHAPES};
}

/** Measures the heap of one embedded class: when it is made, and after its first instance. */
export const embeddedBytes: Group = {
  rows: ['embedded-bytes', 'embedded-bytes-used'],
  apart: true,
  repetitions: 3,
  async measure([side], _short, progress) {
    const use = (held: ReturnType<typeof classes>) => {
      for (const {classes} of held) for (const Class of classes) new Class({kind: 1});
    };
    // These classes are dropped. They make V8 compile the code before the measurement, so that code is not counted for the classes.
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
