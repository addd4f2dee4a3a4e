import type {RowId} from './bounds';

export type Side = 'stock' | 'ours';

/** What one process measured, row by row. */
export type Samples = Partial<Record<RowId, Partial<Record<Side, readonly number[]>>>>;

export interface Group {
  readonly rows: readonly RowId[];
  /** `true`: each side in a process of its own, so that neither has the other's heap; else in turns in one process. */
  readonly apart: boolean;
  /** Processes for each side; medians are taken over all of them. */
  readonly repetitions: number;
  /** MB. Default: enough for anything */
  readonly heapLimit?: number;
  /** @param short less work, for a short run */
  measure(sides: readonly Side[], short: boolean, progress: (share: number) => void): Promise<Samples>;
}
