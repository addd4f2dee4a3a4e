/** The result of `Context.getMemoryStats`. Frozen. */
export interface MemorySummary {
  /** Contexts and leases that have not ended, in the whole process. */
  readonly activeContexts: number;
  /** The number of Node domains in use. This library makes none. */
  readonly activeDomains: 0;
  /** `process.memoryUsage()`, in bytes. */
  readonly memoryUsage: Readonly<NodeJS.MemoryUsage>;
  /** The number of embedded classes (juggler: anonymous models) of all tenants held. */
  readonly anonymousModelCount: number;
}
