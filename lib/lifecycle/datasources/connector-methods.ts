import type {Method} from '../../scoped-registry/juggler/callback';
import {InvalidOptionError} from '../../scoped-registry/errors';
import type {ModelClass, StockDataSource} from '../../scoped-registry/juggler/types';
import {untrackedOperation} from '../../scoped-registry/operations/operation';
import {defineOwn} from '../../scoped-registry/primitives/own-property';

type Methods = Record<string, unknown>;

/** Where a model has a method: on the class or on its instances. */
export type MethodPlace = 'statics' | 'instances';

const placeOf = (owner: Function, place: MethodPlace) => (place === 'statics' ? owner : owner.prototype) as Methods;

/** The DataAccessObject that a connector has in place of juggler's, such as that of the REST connector or of a key-value connector. */
function daoOf({connector}: StockDataSource): Function | undefined {
  return connector?.DataAccessObject;
}

/** Stand-ins for methods that juggler does not have, so that the running tenant's connector must have them. */
const standIns = new WeakSet<Method>();

/** Makes the stand-in for a method that only connectors have. */
export function standInFor(name: string): Method {
  const standIn: Method = () => undefined;
  standIns.add(standIn);
  return Object.defineProperty(standIn, 'name', {value: name, configurable: true});
}

/**
 * Returns the method to run on a tenant's datasource: the connector's, where the connector has a DataAccessObject of its own, else
 * `method`, which is juggler's or a stand-in.
 * @throws InvalidOptionError `INVALID_OPTION` where the connector has no such method
 */
export function methodFor(dataSource: StockDataSource, tenant: string, method: Method, place: MethodPlace): Method {
  const hasOwnMethods = daoOf(dataSource) !== undefined;
  if (!hasOwnMethods && !standIns.has(method)) return method;
  const own = hasOwnMethods ? placeOf(dataSource.DataAccessObject, place)[method.name] : undefined;
  if (typeof own === 'function') return untrackedOperation(own as Method);
  throw new InvalidOptionError(
    `The connector ${JSON.stringify(dataSource.connector?.name)} of tenant ${JSON.stringify(tenant)} has no method ${method.name}. Call one ` +
      'that it has, or use another connector for this model.',
  );
}

/** The methods that connectors add to models, beside juggler's. They are known once a datasource with such a connector was made. */
export class ConnectorMethods {
  readonly #names = {statics: new Set<string>(), instances: new Set<string>()};
  /** Whether a datasource was made. Tenants have connectors of one kind, as a rule. */
  #isKnown = false;
  readonly #onKnown: (() => void)[] = [];
  readonly #models = new Set<ModelClass>();

  /**
   * @param open makes the running tenant's datasource, if a tenant runs
   * @param route makes a method that runs the method `name` of the running tenant's connector
   */
  constructor(
    private readonly open: () => void,
    private readonly route: (name: string, place: MethodPlace) => Method,
  ) {}

  /**
   * Adds the methods to a model that is being routed.
   * @param before the datasource that the model was attached to, whose methods it still has
   */
  addTo(model: ModelClass, before: StockDataSource | undefined): void {
    if (before) this.#learn(before);
    this.#models.add(model);
    this.#give(model, before);
    if (!this.#isKnown) this.#askAtFirstUse(model);
  }

  /** Learns the methods of a tenant's datasource. */
  introduce(dataSource: StockDataSource): void {
    this.#isKnown = true;
    for (const stopAsking of this.#onKnown.splice(0)) stopAsking();
    if (!this.#learn(dataSource)) return;
    for (const model of this.#models) this.#give(model);
  }

  /** @returns whether there were new methods */
  #learn(dataSource: StockDataSource): boolean {
    const dao = daoOf(dataSource);
    if (!dao) return false;
    const size = () => this.#names.statics.size + this.#names.instances.size;
    const before = size();
    for (const place of ['statics', 'instances'] as const) {
      const methods = placeOf(dao, place);
      for (const name in methods) if (typeof methods[name] === 'function') this.#names[place].add(name);
    }
    return size() > before;
  }

  #give(model: ModelClass, before?: StockDataSource): void {
    for (const place of ['statics', 'instances'] as const) {
      const methods = placeOf(model, place);
      const earlier = before && daoOf(before) ? placeOf(before.DataAccessObject, place) : {};
      for (const name of this.#names[place]) {
        // a method of the model's own stays, and juggler's is routed already
        if (name in methods && methods[name] !== earlier[name]) continue;
        defineOwn(methods, name, this.route(name, place), true);
      }
    }
  }

  /**
   * Until the first datasource is made, no connector's methods are known. So when code asks the model for a static that it has not, the
   * running tenant's datasource is made. After that the model is as it was.
   */
  #askAtFirstUse(model: ModelClass): void {
    const below = Object.getPrototypeOf(model) as object;
    let isAsking = false;
    const asking = new Proxy(below, {
      get: (target, name, receiver) => {
        if (name in target || typeof name !== 'string' || isAsking) return Reflect.get(target, name, receiver) as unknown;
        isAsking = true;
        try {
          if (!this.#isKnown) this.open();
        } catch {
          // the operation that comes next gets the error
        } finally {
          isAsking = false;
        }
        return Object.hasOwn(model, name) ? (Reflect.get(model, name) as unknown) : undefined;
      },
    });
    Object.setPrototypeOf(model, asking);
    this.#onKnown.push(() => {
      if (Object.getPrototypeOf(model) === asking) Object.setPrototypeOf(model, below);
    });
  }
}
