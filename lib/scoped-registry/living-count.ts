/**
 * Counts how many of the objects it was given are still alive, as of the last garbage collection. It keeps none of them
 * alive, not even until the end of the running job as a WeakRef would.
 */
export class LivingCount {
  #alive = 0;
  #collected = new FinalizationRegistry<undefined>(() => this.#alive--);

  get alive(): number {
    return this.#alive;
  }

  add(object: object): void {
    this.#alive++;
    this.#collected.register(object, undefined);
  }
}
