import type {DefineFrame, DefineFrames} from '../ownership/define-frame';

/** The frame while no define is running. */
const NO_FRAME: DefineFrame = Object.freeze({});

/** One step of a running define. */
export interface JournalStep {
  /** Called if the define fails. */
  undo(): void;
  /** Called once the outermost define has succeeded. */
  commit?(): void;
}

/**
 * Makes each define of a registry all or nothing. juggler's `define` stores a class under its name before it validates anything. If it
 * then throws, juggler leaves the incomplete class under that name. Here each step of a define says how to undo it.
 * Defines nest, because a model defines its embedded models. A nested define that fails undoes only its own steps, and steps are
 * committed when the outermost define has succeeded.
 */
export class DefineJournal implements DefineFrames {
  #steps: JournalStep[] = [];
  #depth = 0;
  #run = 0;
  #frame = NO_FRAME;

  /** The number of the outermost define that is running; if none is, the number of the last one. */
  get currentRun(): number {
    return this.#run;
  }

  /** Whether a define is running. */
  get running(): boolean {
    return this.#depth > 0;
  }

  /** Whether the running define is within another define. */
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

  /** Adds a step to the running define. If no define is running, there is nothing to undo, and the step is committed at once. */
  note(step: JournalStep): void {
    if (this.running) this.#steps.push(step);
    else step.commit?.();
  }

  /** Runs a define, which may be a nested one, and undoes its steps if it throws. */
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

  /**
   * Runs a define that belongs to an earlier one: the embedded class of a model that is defined already. Its steps are committed at
   * once, even if the running define fails later.
   */
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

  /**
   * Undoes the steps after the first `mark` ones. If a structure has a cycle, the stack has overflowed and an undo may overflow it again.
   * Then the remaining steps are left to the define around, which has more of the stack.
   */
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
