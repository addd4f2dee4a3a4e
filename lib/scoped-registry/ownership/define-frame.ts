import type {ModelClass} from '../juggler/types';

/**
 * What a running define tells the code that it calls. A define is synchronous, so a frame is valid during one call. Defines nest, and
 * each nested define has a frame of its own.
 */
export interface DefineFrame {
  /** Whether juggler's own `define` or `defineProperty` is running, and not this library's. */
  readonly byJuggler?: boolean;
  /** The class whose `extend` juggler's `define` is about to call. It tells that call apart from a call by user code. */
  readonly extending?: ModelClass;
  /** Builders of this scope write to the registry `to` instead of this one: see `redirectingTo` in builder-binding.ts. */
  readonly redirection?: {readonly scope: readonly unknown[]; readonly to: object};
}

/** Holds the frame of a registry's running define. */
export interface DefineFrames {
  readonly frame: DefineFrame;
  /** Runs `work`, which is synchronous, in a copy of the current frame with these changes. */
  within<T>(changes: DefineFrame, work: () => T): T;
}
