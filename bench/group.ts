import type {RowId} from './bounds';

export type Side = 'stock' | 'ours';

/** The samples that one process has measured, by row and side. */
export type Samples = Partial<Record<RowId, Partial<Record<Side, readonly number[]>>>>;

/** Rows that are measured together. */
export interface Group {
  readonly rows: readonly RowId[];
  /** True: each side runs in its own process, so that neither shares a heap with the other. False: in turns in one process. */
  readonly apart: boolean;
  /** The number of processes for each side. The median is taken over the samples of all of them. */
  readonly repetitions: number;
  /** The heap limit of a process in MB. Default: more than any row needs */
  readonly heapLimit?: number;
  /** @param short whether to do less work, for a short run */
  measure(sides: readonly Side[], short: boolean, progress: (share: number) => void): Promise<Samples>;
}
