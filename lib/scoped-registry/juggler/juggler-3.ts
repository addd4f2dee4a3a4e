import {UnsupportedJugglerError} from '../errors';
import type {Juggler, ModelClass, StockModelBuilder} from './types';

/** The promises that juggler 3.36 answers by. Its users call what only these have. */
interface Bluebird extends PromiseConstructor {
  readonly version: string;
  config(options: {asyncHooks: boolean}): void;
}

/** By juggler's base class, the base of all others. */
const bluebirds = new WeakMap<object, Bluebird>();

type List = object & {toItem(item: unknown): unknown};

/** @throws UnsupportedJugglerError where its promises cannot keep an asynchronous context */
export function assertKeepsContexts(juggler: Juggler): void {
  const {version} = bluebirdOf(juggler);
  const [major, minor] = version.split('.').map(Number);
  if (major > 3 || (major === 3 && minor >= 7)) return;
  throw new UnsupportedJugglerError(
    `The bluebird ${version} of loopback-datasource-juggler ${juggler.version} loses the running tenant between one promise and ` +
      'the next. Update it to 3.7: npm update bluebird.',
  );
}

/**
 * Mends what tenants cannot live with in juggler 3.36: its promises go on in whichever context has last woken them, another
 * tenant's too, and its lists keep the model instance that the last of them was made for.
 * @param builder a stock one that nobody else uses
 */
export function mendJuggler3(juggler: Juggler, builder: StockModelBuilder): void {
  const bluebird = bluebirdOf(juggler);
  bluebird.config({asyncHooks: true});
  bluebirds.set(juggler.ModelBaseClass as object, bluebird);

  const Probe = builder.define('Probe', {list: [String]}) as unknown as new (data: object) => {list: List};
  const List = new Probe({list: []}).list.constructor as unknown as (items: unknown[], type: Function) => List;
  // each list puts a function of its own there, which sees what that list was made of and does the same as all others
  const {toItem} = List([], String);
  Object.defineProperty(List.prototype, 'toItem', {get: () => toItem, set() {}, enumerable: true, configurable: true});
}

/** The kind of promises by which a class, or an instance of it, is to answer. */
export function promisesOf(receiver: unknown): PromiseConstructor {
  let model = (typeof receiver === 'function' ? receiver : receiver?.constructor) as ModelClass | undefined;
  for (; model; model = model.base) {
    const bluebird = bluebirds.get(model);
    if (bluebird) return bluebird;
  }
  return Promise;
}

function bluebirdOf({ModelBaseClass}: Juggler): Bluebird {
  const {notifyObserversOf} = ModelBaseClass as {notifyObserversOf(operation: string, context: object): object};
  return notifyObserversOf.call(ModelBaseClass, 'nothing', {}).constructor as unknown as Bluebird;
}
