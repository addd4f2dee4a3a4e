import {inspect} from 'node:util';
import {printed} from '../scoped-registry/errors';

/**
 * Emits a process warning for an error of user code that no caller can catch, for example in an observer or a callback. Never
 * throws.
 */
export function warn(what: string, error: unknown): void {
  const message = printed(() => (error instanceof Error ? `${String(error.name)}: ${String(error.message)}` : inspect(error)));
  const detail = printed(() => (error instanceof Error && typeof error.stack === 'string' ? error.stack : ''), '');
  process.emitWarning(`${what}: ${message}`, {code: 'LOOPBACK_SCOPED_REGISTRY', detail: detail || undefined});
}
