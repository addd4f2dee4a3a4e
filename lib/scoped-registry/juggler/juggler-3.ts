/** The repairs that tenant isolation needs on juggler 3.36. Later majors use native promises and need none of this. */
import {UnsupportedJugglerError} from '../errors';
import type {Juggler, ModelClass, StockModelBuilder} from './types';

/** juggler 3.36 answers by bluebird promises. Its users call methods that native promises lack, such as `tap` and `delay`. */
interface Bluebird extends PromiseConstructor {
  readonly version: string;
  config(options: {asyncHooks: boolean}): void;
}

/** The bluebird of each repaired copy of juggler, by that copy's ModelBaseClass. All its model classes extend that class. */
const bluebirds = new WeakMap<object, Bluebird>();

type List = object & {toItem(item: unknown): unknown};

/**
 * Refuses a juggler 3.36 whose bluebird is older than 3.7. An older bluebird lacks the option `asyncHooks` and loses the
 * asynchronous context between two promises.
 * @throws UnsupportedJugglerError
 */
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
 * Repairs two leaks between tenants in juggler 3.36:
 * - A bluebird promise may run its callbacks in another asynchronous context than the one that registered them, also in another
 *   tenant's.
 * - The constructor of lists (list.js) sets a new `List.prototype.toItem` each time. The closure of that function keeps the
 *   last list alive, with the item class and the data around the list.
 * @param builder a stock builder that no other code uses
 */
export function mendJuggler3(juggler: Juggler, builder: StockModelBuilder): void {
  const bluebird = bluebirdOf(juggler);
  bluebird.config({asyncHooks: true});
  bluebirds.set(juggler.ModelBaseClass as object, bluebird);

  const Probe = builder.define('Probe', {list: [String]}) as unknown as new (data: object) => {list: List};
  const List = new Probe({list: []}).list.constructor as unknown as (items: unknown[], type: Function) => List;
  // all versions of `toItem` do the same, so the version of this empty list serves all lists; the setter ignores later versions
  const {toItem} = List([], String);
  Object.defineProperty(List.prototype, 'toItem', {get: () => toItem, set() {}, enumerable: true, configurable: true});
}

/**
 * Returns the kind of promise by which the methods of a model class or instance must answer: bluebird on a repaired juggler
 * 3.36, else the native Promise.
 */
export function promisesOf(receiver: unknown): PromiseConstructor {
  let model = (typeof receiver === 'function' ? receiver : receiver?.constructor) as ModelClass | undefined;
  for (; model; model = model.base) {
    const bluebird = bluebirds.get(model);
    if (bluebird) return bluebird;
  }
  return Promise;
}

/** juggler does not export its bluebird, so this takes the constructor of a promise that a method of juggler returns. */
function bluebirdOf({ModelBaseClass}: Juggler): Bluebird {
  const {notifyObserversOf} = ModelBaseClass as {notifyObserversOf(operation: string, context: object): object};
  return notifyObserversOf.call(ModelBaseClass, 'nothing', {}).constructor as unknown as Bluebird;
}
