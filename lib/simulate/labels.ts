/**
 * What each implementation is called. The labels are apart from the implementations, because the command and its report need no
 * juggler: only the process that simulates loads one.
 */
export const LABELS = {
  'stock-shared': 'stock, one shared ModelBuilder',
  'stock-datasource': 'stock, a DataSource per tenant',
  scoped: 'loopback-scoped-registry',
} as const;

export type ImplementationName = keyof typeof LABELS;
