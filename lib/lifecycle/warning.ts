import {inspect} from 'node:util';
import {settleStack} from '../scoped-registry/errors';

/** For failures of a user's callback that has no caller to tell: a warning of the process, which stops nobody. */
export function warn(what: string, error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  process.emitWarning(`${what}: ${message}`, {
    code: 'LOOPBACK_SCOPED_REGISTRY',
    detail: error instanceof Error ? settleStack(error).stack : undefined,
  });
}
