/**
 * Whether the specs take their long form: `LONG=1`, which .ci/run sets for one of its runs. A spec that takes many seconds, because
 * it repeats something or waits, has a short form with the same assertions.
 */
export const isLong = process.env.LONG === '1';
