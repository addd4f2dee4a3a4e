/**
 * The argument of `onRelief`: what was evicted since usage was first read above the high mark. Frozen. Sizes are in bytes of
 * the heap.
 */
export interface MemoryRelief {
  /** The number of evictions. A tenant that came back meanwhile and was evicted again counts twice. */
  readonly tenants: number;
  /** The number of classes that the evicted tenants held. */
  readonly models: number;
  /** `usedBefore` less `usedAfter`; 0 where usage has not fallen. */
  readonly bytesFreed: number;
  readonly usedBefore: number;
  readonly usedAfter: number;
  readonly limit: number;
  /** The number of major collections after which the heap was read, the first and the last included. */
  readonly collections: number;
  /** Milliseconds from the first reading above the high mark. */
  readonly duration: number;
}

/** The argument of `onOverload`: usage is above the high mark and no tenant is left to evict. Frozen. Sizes are in bytes. */
export interface MemoryOverload {
  readonly used: number;
  readonly limit: number;
  /** The number of tenants that are still held, because they have work in flight or were built since. */
  readonly tenants: number;
  /** The number of classes that these tenants hold. */
  readonly models: number;
}
