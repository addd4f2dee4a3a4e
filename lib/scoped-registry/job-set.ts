import {currentJob} from './job';

/** A set that is empty again in the next job of the event loop. */
export class JobSet<T extends object> {
  #items: WeakSet<T> | undefined;
  #job: number | undefined;

  add(item: T): void {
    const job = currentJob();
    if (this.#job !== job) {
      this.#job = job;
      this.#items = new WeakSet();
    }
    this.#items!.add(item);
  }

  has(item: T): boolean {
    return this.#job !== undefined && this.#job === currentJob() && this.#items!.has(item);
  }

  clear(): void {
    this.#job = this.#items = undefined;
  }
}
