/**
 * Says when a collection is due to be swept of its dead entries: each time their number has doubled since the last sweep. So a sweep
 * costs each added entry O(1) on average, and the collection stays as small as the number of those that live.
 */
export class SweepThreshold {
  #next: number;

  /** @param smallest below this number a sweep is not worth its time */
  constructor(private readonly smallest = 64) {
    this.#next = smallest;
  }

  isReached(size: number): boolean {
    return size >= this.#next;
  }

  /** To be called after each sweep. */
  sweptTo(left: number): void {
    this.#next = Math.max(this.smallest, left * 2);
  }
}
