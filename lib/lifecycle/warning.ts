import {inspect} from 'node:util';
import {settleStack} from '../scoped-registry/errors';

/** Emits a process warning for an error of user code that no caller can catch, for example in an observer or a callback. */
export function warn(what: string, error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  process.emitWarning(`${what}: ${message}`, {
    code: 'LOOPBACK_SCOPED_REGISTRY',
    detail: error instanceof Error ? settleStack(error).stack : undefined,
  });
}
