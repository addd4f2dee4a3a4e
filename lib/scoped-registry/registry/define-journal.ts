import type {DefineFrame, DefineFrames} from '../ownership/define-frame';

/** Where no define is running. */
const NO_FRAME: DefineFrame = Object.freeze({});

/** One step of a running define, and how to take it back or to conclude it. */
export interface JournalStep {
  undo(): void;
  commit?(): void;
}

/**
 * Makes `define` all or nothing. juggler stores a class under its name before it validates anything; on stock a define
 * that throws leaves that half class behind, and its name is poisoned. Defines nest (a model defines its embedded
 * models), so a failure takes back its own steps only, and nothing is concluded before the outermost has succeeded.
 */
export class DefineJournal implements DefineFrames {
  #steps: JournalStep[] = [];
  #depth = 0;
  #run = 0;
  #frame = NO_FRAME;

  /** The number of the outermost define that is running, or has been. */
  get currentRun(): number {
    return this.#run;
  }

  get running(): boolean {
    return this.#depth > 0;
  }

  /** Whether a define runs within another. */
  get nested(): boolean {
    return this.#depth > 1;
  }

  get frame(): DefineFrame {
    return this.#frame;
  }

  within<T>(changes: DefineFrame, work: () => T): T {
    const outer = this.#frame;
    this.#frame = {...outer, ...changes};
    try {
      return work();
    } finally {
      this.#frame = outer;
    }
  }

  /** Outside any define there is nothing to take back. */
  note(step: JournalStep): void {
    if (this.running) this.#steps.push(step);
    else step.commit?.();
  }

  runDefine<T>(define: () => T): T {
    const mark = this.#steps.length;
    if (this.#depth++ === 0) this.#run++;
    try {
      const result = define();
      if (this.#depth === 1) this.#commit();
      return result;
    } catch (error) {
      this.#undo(mark);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** The same for what belongs to an earlier define: it is concluded at once, whatever becomes of the running one. */
  runSeparately<T>(define: () => T): T {
    const [steps, depth, run] = [this.#steps, this.#depth, this.#run];
    this.#steps = [];
    this.#depth = 0;
    try {
      return this.runDefine(define);
    } finally {
      [this.#steps, this.#depth, this.#run] = [steps, depth, run];
    }
  }

  /** Near the end of the stack (a cyclic structure) an undo overflows too: then the steps are left to an outer define. */
  #undo(mark: number): void {
    try {
      while (this.#steps.length > mark) {
        this.#steps.at(-1)!.undo();
        this.#steps.pop();
      }
    } catch (error) {
      if (this.#depth === 1 || !(error instanceof RangeError)) throw error;
    }
  }

  #commit(): void {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) step.commit?.();
  }
}
