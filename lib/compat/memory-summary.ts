/** What `getMemoryStats` answers. Frozen. */
export interface MemorySummary {
  /** Contexts and leases that have not ended, in the whole process. */
  readonly activeContexts: number;
  /** Node domains in use: none is ever made. */
  readonly activeDomains: 0;
  /** The process's memory, in bytes. */
  readonly memoryUsage: Readonly<NodeJS.MemoryUsage>;
  /** Embedded classes (juggler: anonymous models) of all tenants held. */
  readonly anonymousModelCount: number;
}
