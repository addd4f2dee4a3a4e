/** Refuses methods of a tenant's datasource or builder while another tenant runs. */
import {tenantOwnedOf} from '../binding/builder-binding';
import {answerWithError} from '../operations/answer-with-error';
import type {Answer} from '../operations/cross-tenant-use';
import {guardBegun} from '../operations/transaction-end';
import {copyMethodProperties} from '../juggler/method-replacement';
import type {Method} from '../juggler/callback';
import type {ModelClass, StockDataSource, StockModelBuilder} from '../juggler/types';
import {ModelRegistry, registryOfClass} from '../registry/model-registry';
import {mismatchError, otherRunningTenant, type TenantOwned} from '../ownership/running-tenants';

/** The methods of juggler's DataSource by which work reaches the connector. They answer by callback or promise. */
const DATA_ACCESS = [
  ...['automigrate', 'autoupdate', 'ping', 'execute', 'beginTransaction', 'discoverAndBuildModels'],
  ...['discoverModelDefinitions', 'discoverModelProperties', 'discoverPrimaryKeys', 'discoverUniqueKeys'],
  ...['discoverForeignKeys', 'discoverExportedForeignKeys', 'discoverSchema', 'discoverSchemas'],
];

/** The synchronous methods of juggler's DataSource that reach the connector or change models. */
const SYNCHRONOUS = [
  ...['define', 'createModel', 'attach', 'buildModelFromInstance', 'defineProperty', 'defineForeignKey', 'defineRelations'],
  ...['defineScopes', 'deleteModelByName', 'deleteAllModels', 'freeze', 'discoverAndBuildModelsSync', 'discoverSchemasSync'],
  ...['discoverModelDefinitionsSync', 'discoverModelPropertiesSync', 'discoverPrimaryKeysSync', 'discoverForeignKeysSync'],
  'discoverExportedForeignKeysSync',
];

/** The methods of juggler's ModelBuilder that change models. */
const DEFINING = [
  ...['define', 'defineProperty', 'extendModel', 'copyModel', 'deleteModelByName', 'buildModels', 'buildModelFromInstance'],
];

type Methods = Record<string, Method | undefined>;

/**
 * Returns the methods of a datasource that are refused while another tenant runs. A datasource connects and disconnects for its own tenant
 * whichever work causes it, and its look-ups reach no row, so these methods are not among them.
 * @param methods juggler's methods, and this library's in their place
 * @param baseClass juggler's ModelBaseClass: it tells the kind of that juggler's promises
 */
export function guardDataSourceMethods<M extends object>(methods: M, baseClass: unknown): M {
  const owner = (dataSource: unknown) => {
    const {origin = dataSource} = dataSource as StockDataSource;
    return tenantOwnedOf((origin as StockDataSource).modelBuilder);
  };
  const label = (dataSource: unknown) => `datasource ${JSON.stringify((dataSource as StockDataSource).name)}`;
  return {
    ...guard(methods as Methods, DATA_ACCESS, {owner, label, answer: () => 'answer', baseClass}),
    ...guard(methods as Methods, SYNCHRONOUS, {owner, label, answer: () => 'throw'}),
    // without a callback, juggler's method returns nothing
    ...guard(methods as Methods, ['isActual'], {owner, label, answer: args => (args.some(isFunction) ? 'answer' : 'throw')}),
    ...guard(methods as Methods, ['transaction'], {owner, label, answer: answerOfTransaction, baseClass}),
  } as M;
}

/** Returns the methods of a builder that are refused while another tenant runs. */
export function guardBuilderMethods<M extends object>(methods: M): M {
  const owner = (builder: unknown) => {
    const owned = tenantOwnedOf(builder as StockModelBuilder);
    // a class may be looked at for the first time while another tenant runs: what it contains is made then, in a define of its own
    return owned instanceof ModelRegistry && owned.journal.running ? undefined : owned;
  };
  return guard(methods as Methods, DEFINING, {owner, label: () => 'a ModelBuilder', answer: () => 'throw'}) as M;
}

/** `transaction(execute, options, callback)`: all arguments can be left out. `execute` is no callback. */
function answerOfTransaction(this: unknown, [execute, ...rest]: readonly unknown[]): Answer {
  const connector = (this as StockDataSource).connector as {transaction?: unknown} | undefined;
  const isSynchronous = !execute && !rest.some(isFunction) && connector?.transaction;
  return isSynchronous ? 'throw' : 'answer';
}

/**
 * Whether a method of a datasource answers by callback or promise. If it does not, an error must be thrown.
 * @param args the arguments of the call
 */
export function isAnsweredLater(name: string, args: readonly unknown[]): boolean {
  if (name === 'isActual') return args.some(isFunction);
  if (name === 'transaction') return Boolean(args[0]) || args.some(isFunction);
  return ['connect', 'disconnect', 'stop', ...DATA_ACCESS].includes(name);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

interface Guard {
  readonly owner: (receiver: unknown) => TenantOwned | undefined;
  /** Names the receiver in the message of the error. */
  readonly label: (receiver: unknown) => string;
  readonly answer: (this: unknown, args: readonly unknown[]) => Answer;
  readonly baseClass?: unknown;
}

function guard(methods: Methods, names: readonly string[], {owner, label, answer, baseClass}: Guard): Methods {
  const guards = new Map<Method, Method>();
  const guardOf = (method: Method, name: string) => {
    const guarded: Method = function (...args) {
      try {
        assertOwnTenant(name, owner(this), () => label(this), args[0]);
      } catch (refusal) {
        if (answer.call(this, args) === 'throw') throw refusal;
        return answerWithError(name === 'transaction' ? args.slice(1) : args, refusal, baseClass);
      }
      return name === 'beginTransaction' ? guardBegun(method, this, args, owner(this)) : method.apply(this, args);
    };
    return copyMethodProperties(guarded, method);
  };
  const entries = names.flatMap(name => {
    const method = methods[name];
    if (typeof method !== 'function') return [];
    // one guard for one method, so that aliases stay equal
    if (!guards.has(method)) guards.set(method, guardOf(method, name));
    return [[name, guards.get(method)!] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * @param argument the first argument: a model's name, or a class, which must not be another tenant's either
 * @throws TenantMismatchError `TENANT_MISMATCH`, and what the option `currentTenant` throws
 */
function assertOwnTenant(name: string, owned: TenantOwned | undefined, label: () => string, argument: unknown): void {
  const running = otherRunningTenant(owned);
  if (running !== undefined) {
    // an SQL statement may contain data
    const given = typeof argument === 'string' && !DATA_ACCESS.includes(name) ? JSON.stringify(argument) : '';
    throw mismatchError(`${name}(${given}) is called on ${label()}`, owned!, running);
  }
  const classOwner = typeof argument === 'function' ? registryOfClass(argument) : undefined;
  if (!classOwner || classOwner.disposed) return;
  const runningForClass = otherRunningTenant(classOwner);
  if (runningForClass === undefined) return;
  throw mismatchError(`${name}() is called with model ${(argument as ModelClass).modelName}`, classOwner, runningForClass);
}
