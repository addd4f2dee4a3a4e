/** Whether it is juggler's `define` that the running one is part of: synchronous, and they nest. */
let jugglerDefines = false;

export function defining<T>(byJuggler: boolean, define: () => T): T {
  const outer = jugglerDefines;
  jugglerDefines = byJuggler;
  try {
    return define();
  } finally {
    jugglerDefines = outer;
  }
}

export function isJugglerDefining(): boolean {
  return jugglerDefines;
}
