import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {isModelClass, type StockDataSource} from '../scoped-registry/juggler/types';
import {isObject, type OwnerType} from './owner-models';
import {ModelRegistry} from './process-wide';
import type {ModelRegistryApi} from './model-registry-api';
import type {Registrable} from './registrations';

type Visitor<Result> = (model: Registrable, name: string, models: object) => Result;

/** The members of a list that the proxy has besides the models. A model of the same name hides such a member. */
interface ListMembers {
  readonly length: number;
  forEach(visit: Visitor<unknown>): void;
  map<Result>(visit: Visitor<Result>): Result[];
  filter(visit: Visitor<unknown>): Registrable[];
  keys(): string[];
  values(): Registrable[];
  entries(): [string, Registrable][];
  toString(): string;
  valueOf(): string[];
  hasOwnProperty(name: PropertyKey): boolean;
}

/** The models of an owner by name. Each access reads the registry. */
export type ModelRegistryProxy = Record<string, Registrable | undefined>;

class OwnerModelsHandler implements ProxyHandler<object> {
  constructor(
    private readonly owner: object,
    private readonly type: OwnerType,
    private readonly registry: ModelRegistryApi,
  ) {}

  get(_target: object, name: PropertyKey, proxy: object): unknown {
    if (typeof name === 'symbol') return undefined;
    const model = this.#find(name);
    if (model || !LIST_MEMBERS.has(name as keyof ListMembers)) return model;
    return this.#listMembers(proxy)[name as keyof ListMembers];
  }

  has(_target: object, name: PropertyKey): boolean {
    return this.#find(name) !== undefined;
  }

  ownKeys(): string[] {
    return this.registry.getModelNamesForOwnerWithType(this.owner, this.type);
  }

  getOwnPropertyDescriptor(_target: object, name: PropertyKey): PropertyDescriptor | undefined {
    const value = this.#find(name);
    return value && {value, enumerable: true, writable: true, configurable: true};
  }

  /** Attaches a class to the datasource and registers it. An object that stands for a class is only registered. */
  set(_target: object, name: PropertyKey, value: unknown): boolean {
    if (typeof name === 'symbol' || !isObject(value)) return false;
    const model = value as Registrable;
    model.modelName ??= String(name);
    if (this.type === 'app') {
      this.registry.registerModelForApp(this.owner, model);
      return true;
    }
    if (isModelClass(model)) (this.owner as StockDataSource).attach(model);
    else model.dataSource = this.owner;
    this.registry.registerModel(model);
    return true;
  }

  /** Removes the model, and its class from its registry. */
  deleteProperty(_target: object, name: PropertyKey): boolean {
    if (typeof name === 'string') this.registry.unregister(this.owner, name, this.type);
    return true;
  }

  /** A model that an application has taken over is not found for its datasource, because `ownKeys` does not list it either. */
  #find(name: PropertyKey): Registrable | undefined {
    if (typeof name === 'symbol') return undefined;
    const model = this.registry.getModelForOwnerWithType(this.owner, name as string, this.type);
    return this.type === 'dataSource' && model?.app ? undefined : model;
  }

  #listMembers(proxy: object): ListMembers {
    const names = () => this.ownKeys();
    const models = () => this.registry.getModelsForOwnerWithType(this.owner, this.type);
    const entries = () => names().map((name): [string, Registrable] => [name, this.#find(name)!]);
    return {
      get length() {
        return names().length;
      },
      forEach: visit => entries().forEach(([name, model]) => visit(model, name, proxy)),
      map: visit => entries().map(([name, model]) => visit(model, name, proxy)),
      filter: visit => entries().flatMap(([name, model]) => (visit(model, name, proxy) ? [model] : [])),
      keys: names,
      values: () => [...models()],
      entries,
      toString: () => `[ModelRegistryProxy:${this.type}]`,
      valueOf: names,
      hasOwnProperty: name => this.has(proxy, name),
    };
  }
}

const LIST_MEMBERS: ReadonlySet<keyof ListMembers> = new Set([
  ...(['length', 'forEach', 'map', 'filter', 'keys', 'values', 'entries', 'toString', 'valueOf', 'hasOwnProperty'] as const),
]);

/**
 * Shows the models of a datasource or an application as an object, by name. Assigning a model to a property attaches and
 * registers it. Deleting a property removes the model from its owner and from its registry.
 * @throws InvalidOptionError `INVALID_OPTION` for an owner that is no object, and for another type
 */
export const ModelRegistryProxy = class {
  constructor(owner: object, type: OwnerType, registry: ModelRegistryApi = ModelRegistry) {
    if (!isObject(owner)) throw new InvalidOptionError('ModelRegistryProxy requires an owner, a datasource or an application.');
    if (type !== 'dataSource' && type !== 'app')
      throw new InvalidOptionError(`The owner type of a ModelRegistryProxy must be 'dataSource' or 'app', ${got(type)}.`);
    return new Proxy({}, new OwnerModelsHandler(owner, type, registry));
  }
} as unknown as new (owner: object, type: OwnerType, registry?: ModelRegistryApi) => ModelRegistryProxy;
