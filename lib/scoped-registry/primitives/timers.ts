/**
 * Node's timers, as they were when this module was loaded. A test library may replace the global functions later and restore them without
 * a tick: what its timers were to call is then never called, and a flag that waits for such a call would stay set for ever. All other files
 * take their timers from here.
 */
export const {setTimeout, clearTimeout, setInterval, clearInterval, setImmediate} = globalThis;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);

/** The longest delay of a Node timer, in milliseconds. With a longer one Node fires the timer at once. */
export const MAX_DELAY = 2 ** 31 - 1;
