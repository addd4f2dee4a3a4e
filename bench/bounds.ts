import type {Measurement} from './measurement';

/** The rows of the benchmark and the bounds that they must meet. */

export type Unit = 'bytes' | 'ms' | 'µs' | 'ops/s' | '%';

/** A bound on this library's own figure (`ours`), or on its ratio to the figure of stock juggler. */
export interface Bound {
  readonly of: 'ours' | 'ratio';
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Row {
  /** The title. When the row is compared with something else than stock juggler, the title names it. */
  readonly work: string;
  readonly unit: Unit;
  /** A row without a bound is shown and not judged. */
  readonly bound?: Bound;
}

const ratio = (atMost: number): Bound => ({of: 'ratio', atMost});
const ours = (atMost: number): Bound => ({of: 'ours', atMost});
const noSlower: Bound = {of: 'ratio', atLeast: 1};

export const ROWS = {
  'embedded-bytes': {work: 'bytes per embedded class', unit: 'bytes', bound: ours(1152)},
  'embedded-bytes-used': {work: 'the same, after the first instance of each class', unit: 'bytes'},
  'webhook-heap': {work: 'webhook payloads: heap per tenant', unit: 'bytes', bound: ratio(1 / 20)},
  'webhook-time': {work: 'webhook payloads: time per tenant', unit: 'ms', bound: ratio(1 / 8)},
  'webhook-heap-used': {work: 'the same heap, after the first use of each model', unit: 'bytes'},
  'webhook-time-used': {work: 'the same time, with the first use of each model', unit: 'ms'},
  'named-heap': {work: '60 named models, bare builders: heap per tenant', unit: 'bytes', bound: ratio(1 / 10)},
  'named-time': {work: '60 named models, bare builders: time per tenant', unit: 'ms', bound: ratio(1 / 5)},
  'named-heap-used': {work: 'the same heap, after the first use of each model', unit: 'bytes'},
  'named-time-used': {work: 'the same time, with the first use of each model', unit: 'ms'},
  'datasource-heap': {work: '60 named models, a DataSource each: heap per tenant', unit: 'bytes', bound: ratio(1 / 10)},
  'datasource-time': {work: '60 named models, a DataSource each: time per tenant', unit: 'ms', bound: ratio(1 / 5)},
  'datasource-heap-used': {work: 'the same heap, after the first use of each model', unit: 'bytes'},
  'datasource-time-used': {work: 'the same time, with the first use of each model', unit: 'ms'},
  resolve: {work: 'resolve a known structure', unit: 'µs', bound: ours(10)},
  'for-hit': {work: 'registries.for, a hit', unit: 'µs', bound: ours(0.3)},
  'context-run': {work: 'TenantContext.run against AsyncLocalStorage.run', unit: 'µs', bound: ratio(2)},
  create: {work: 'memory connector: create', unit: 'ops/s', bound: noSlower},
  find: {work: 'memory connector: find', unit: 'ops/s', bound: noSlower},
  update: {work: 'memory connector: update', unit: 'ops/s', bound: noSlower},
  'context-create': {work: "create, in a tenant's context", unit: 'ops/s'},
  'context-find': {work: "find, in a tenant's context", unit: 'ops/s'},
  'context-update': {work: "update, in a tenant's context", unit: 'ops/s'},
  // three times what a fork with a global registry takes: 0.2 and 0.6 µs
  'compat-find': {work: 'ModelRegistry.findModelByName of /compat against look-ups in two Maps', unit: 'µs', bound: ours(0.6)},
  'compat-owner': {work: 'getModelsForOwner of 500 models against a look-up in a WeakMap', unit: 'µs', bound: ours(1.8)},
  'tenants-resolve': {work: '10,000 tenants against 10: resolve', unit: 'µs', bound: ratio(1.3)},
  'tenants-for': {work: '10,000 tenants against 10: for', unit: 'µs', bound: ratio(1.3)},
  'tenants-offboard': {work: '10,000 tenants against 10: offboard one', unit: 'µs', bound: ratio(1.3)},
  'chosen-names': {work: '16,384 names chosen to collide against ordinary ones', unit: 'ms', bound: ratio(2)},
  'chosen-names-others': {work: 'the same for another tenant, after that', unit: 'ms', bound: ratio(2)},
  'lru-churn': {work: '100,000 tenants, LRU of 100, 256 MB: growth, 2nd half', unit: '%', bound: ours(5)},
  'road-heap-shared': {work: 'LoopBack 4, dynamic-datasource: heap per tenant', unit: 'bytes', bound: ratio(1 / 20)},
  'road-heap-tenant': {work: "the same, models: 'tenant'", unit: 'bytes'},
  'road-first-shared': {work: "LoopBack 4, dynamic-datasource: a tenant's first 20 requests", unit: 'ms'},
  'road-first-tenant': {work: "the same, models: 'tenant'", unit: 'ms'},
  'road-rate-none': {work: 'LoopBack 4, no tenants: requests', unit: 'ops/s'},
  'road-rate-dynamic': {work: 'LoopBack 4, dynamic-datasource: requests', unit: 'ops/s'},
  'road-p99-none': {work: 'LoopBack 4, no tenants: 99 % of requests within', unit: 'ms'},
} as const satisfies Record<string, Row>;

export type RowId = keyof typeof ROWS;

export interface Verdict {
  /** The bound, with the margin of a short run. */
  readonly bound?: Bound;
  /** Undefined for a row without a bound. */
  readonly met?: boolean;
}

/** The factor by which a short run may miss a bound. Time varies more than memory when other programs use the machine. */
export const MARGIN = {bytes: 1.25, ms: 2, µs: 2, 'ops/s': 2, '%': 2} as const satisfies Record<Unit, number>;

/**
 * Says whether a measurement meets the bound of its row.
 * @param short whether the bound is relaxed by the margin of a short run
 */
export function judge({unit, bound}: Row, {ours, ratio}: Measurement, short = false): Verdict {
  if (!bound) return {};
  const margin = short ? MARGIN[unit] : 1;
  const widened: Bound = {
    of: bound.of,
    ...(bound.atMost !== undefined && {atMost: bound.atMost * margin}),
    ...(bound.atLeast !== undefined && {atLeast: bound.atLeast / margin}),
  };
  const value = bound.of === 'ratio' ? ratio : ours;
  // A figure that could not be measured (undefined, 'died' or NaN) does not meet the bound.
  const met = typeof value === 'number' && value <= (widened.atMost ?? Infinity) && value >= (widened.atLeast ?? -Infinity);
  return {bound: widened, met};
}
