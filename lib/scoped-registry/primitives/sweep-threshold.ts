/**
 * Decides when a collection of weak references should delete its dead entries: when the collection has grown to twice its size
 * after the last sweep. So sweeping costs O(1) on average for each added entry, and the collection holds at most about twice as
 * many entries as were alive at the last sweep.
 */
export class SweepThreshold {
  #next: number;

  /** @param smallest a collection with fewer entries is never swept */
  constructor(private readonly smallest = 64) {
    this.#next = smallest;
  }

  /** Whether a collection with `size` entries should be swept now. */
  isReached(size: number): boolean {
    return size >= this.#next;
  }

  /**
   * The collection must call this after each sweep.
   * @param left the number of entries after the sweep
   */
  sweptTo(left: number): void {
    this.#next = Math.max(this.smallest, left * 2);
  }
}
