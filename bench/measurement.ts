/** What all samples of a row come to. `died`: it ran out of memory. */
export interface Measurement {
  readonly stock?: number | 'died';
  readonly ours: number | 'died';
  /** Ours to stock, or to what the row names in its place. */
  readonly ratio?: number;
}

export type Sampled = readonly number[] | 'died';

/**
 * Medians. That of the ratio is taken over the pairs that were measured one right after the other: a machine that runs at
 * two speeds, as one with neighbours does, may have the median of the one side in the fast half and of the other in the
 * slow one.
 */
export function measurementOf(stock: Sampled, ours: Sampled): Measurement {
  const ratios = stock !== 'died' && ours !== 'died' ? ours.map((value, index) => value / stock[index]) : [];
  return {
    ...(stock.length > 0 && {stock: stock === 'died' ? stock : median(stock)}),
    ours: ours === 'died' ? ours : median(ours),
    ...(ratios.length > 0 && stock.length > 0 && {ratio: median(ratios)}),
  };
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
