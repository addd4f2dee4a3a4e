/** Things that stay, and the timers that keep what began them. */
export interface Kept {
  readonly things: unknown[];
  readonly timers: NodeJS.Timeout[];
}

const nothing = (): Kept => ({things: [], timers: []});

/** What is kept from outside the specs of the running file: while it loads, and in a hook before them all. */
const ofFile = nothing();

/** What the running spec keeps, with the hooks around it. */
let ofSpec: Kept | undefined;

/**
 * Where to put what shall stay: until the running spec has ended, or the running file where no spec runs. It does not stay longer,
 * because all files of a process share a heap, and each collection of garbage goes through all that is alive.
 */
export function keptFromHere(): Kept {
  return ofSpec ?? ofFile;
}

export function beginKeepingOfSpec(): void {
  ofSpec = nothing();
}

export function endKeepingOfSpec(): void {
  if (ofSpec) letGo(ofSpec);
  ofSpec = undefined;
}

export function endKeepingOfFile(): void {
  letGo(ofFile);
}

function letGo({things, timers}: Kept): void {
  things.length = 0;
  for (const timer of timers.splice(0)) clearTimeout(timer);
}
