/** One step of a running define, and how to take it back or to conclude it. */
export interface Step {
  undo(): void;
  commit?(): void;
}

/**
 * Makes `define` all or nothing. juggler stores a class under its name before it validates anything; on stock a define
 * that throws leaves that half class behind, and its name is poisoned. Defines nest (a model defines its embedded
 * models), so a failure takes back its own steps only, and nothing is concluded before the outermost has succeeded.
 */
export class DefineJournal {
  #steps: Step[] = [];
  #depth = 0;

  get running(): boolean {
    return this.#depth > 0;
  }

  note(step: Step): void {
    this.#steps.push(step);
  }

  run<T>(define: () => T): T {
    const mark = this.#steps.length;
    this.#depth++;
    try {
      const result = define();
      if (this.#depth === 1) this.#commit();
      return result;
    } catch (error) {
      while (this.#steps.length > mark) this.#steps.pop()!.undo();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #commit(): void {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) step.commit?.();
  }
}
