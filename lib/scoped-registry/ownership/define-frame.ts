import type {ModelClass} from '../juggler/types';

/**
 * What the code that a running define calls must know of it. A define is synchronous, so a frame holds for as long as one call lasts;
 * defines nest, and each has its own.
 */
export interface DefineFrame {
  /** juggler's own `define` or `defineProperty` is at work, not this library's. */
  readonly byJuggler?: boolean;
  /** The class whose `extend` juggler's `define` is about to call: a call by user code takes another way. */
  readonly extending?: ModelClass;
  /** The registry that builders of a scope write to in place of this one: see `writingTo`. */
  readonly redirection?: {readonly scope: readonly unknown[]; readonly to: object};
}

/** The frame of a registry's running define. */
export interface DefineFrames {
  readonly frame: DefineFrame;
  /** Runs `work` in a frame with these changes. */
  within<T>(changes: DefineFrame, work: () => T): T;
}
