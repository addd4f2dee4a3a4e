/** The figures of a row, calculated from all its samples. `died`: a process ran out of memory. */
export interface Measurement {
  readonly stock?: number | 'died';
  readonly ours: number | 'died';
  /** Our figure divided by that of stock, or by that of the comparison which the row names. */
  readonly ratio?: number;
}

export type Sampled = readonly number[] | 'died';

/**
 * Calculates the medians of the samples. The ratio is the median of the ratios of pairs that were measured one right after the
 * other. It is not the ratio of the medians: on a machine whose speed changes, the median of one side may come from a fast time
 * and that of the other side from a slow time.
 */
export function measurementOf(stock: Sampled, ours: Sampled): Measurement {
  const ratios = stock !== 'died' && ours !== 'died' ? ours.map((value, index) => value / stock[index]) : [];
  return {
    ...(stock.length > 0 && {stock: stock === 'died' ? stock : median(stock)}),
    ours: ours === 'died' ? ours : median(ours),
    ...(ratios.length > 0 && stock.length > 0 && {ratio: median(ratios)}),
  };
}

/** The median; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
