import {callbackIndex, type Callback} from '../juggler/callback';
import {promiseConstructorFor} from '../juggler/juggler-3';
import {nextTick} from '../primitives/timers';

/**
 * Answers a call with an error: by the callback if the caller has passed one, else by a promise.
 * @param receiver a class or an instance: the promise is of the kind that its juggler makes
 */
export function answerWithError(args: readonly unknown[], error: unknown, receiver: unknown): unknown {
  const callback = args[callbackIndex(args)] as Callback | undefined;
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- user code may have thrown any value
  if (!callback) return promiseConstructorFor(receiver).reject(error);
  nextTick(callback, error);
  return undefined;
}
