/** What shedding came to, from the first reading above the high mark on. Frozen. Sizes are in bytes. */
export interface MemoryRelief {
  /** Tenants shed. One that came back meanwhile and was shed again counts again. */
  readonly tenants: number;
  /** Classes that they held. */
  readonly models: number;
  /** What is in use less than at the beginning; 0 where the load has taken as much meanwhile. */
  readonly bytesFreed: number;
  readonly usedBefore: number;
  readonly usedAfter: number;
  readonly limit: number;
  /** Major collections measured, the first and the last included. */
  readonly collections: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** Usage above the high mark, with nothing left to shed. Frozen. Sizes are in bytes. */
export interface MemoryOverload {
  readonly used: number;
  readonly limit: number;
  /** Tenants that are held all the same: their work is in flight, or has just begun. */
  readonly tenants: number;
  /** Classes that they hold. */
  readonly models: number;
}
