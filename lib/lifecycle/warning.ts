import {inspect} from 'node:util';
import {isPromise} from 'node:util/types';
import {printed} from '../scoped-registry/errors';
import {isForeignPromise} from '../scoped-registry/primitives/promises';

/**
 * Calls user code whose result no caller takes: an observer or a callback. Never throws.
 * @param thrown gets what the code throws
 * @param rejected gets the reason of a promise that the code returns and that is rejected. No caller awaits that promise, and its rejection
 * would end the process.
 */
export function callUserCode(work: () => unknown, thrown: (error: unknown) => void, rejected: (error: unknown) => void): void {
  try {
    const result = work();
    if (typeof result !== 'object' || result === null) return;
    if (isPromise(result) || isForeignPromise(result)) void Promise.resolve(result).catch(rejected);
  } catch (error) {
    thrown(error);
  }
}

/**
 * Emits a process warning for an error of user code that no caller can catch, for example in an observer or a callback. Never
 * throws.
 */
export function warn(what: string, error: unknown): void {
  const message = printed(() => (error instanceof Error ? `${String(error.name)}: ${String(error.message)}` : inspect(error)));
  const detail = printed(() => (error instanceof Error && typeof error.stack === 'string' ? error.stack : ''), '');
  process.emitWarning(`${what}: ${message}`, {code: 'LOOPBACK_SCOPED_REGISTRY', detail: detail || undefined});
}
