/** Refuses the use of one tenant's model, instance, transaction or datasource while another tenant runs. */
import type {Method} from '../juggler/callback';
import {copyMethodProperties, replaceMethod} from '../juggler/method-replacement';
import {isModelClass, type Connector, type ModelClass, type StockDataSource} from '../juggler/types';
import {ownerOf} from '../ownership/class-owner';
import type {OwningRegistry} from '../ownership/owning-registry';
import {mismatchError, otherRunningTenant, type TenantOwned} from '../ownership/running-tenants';
import {ownValue} from '../primitives/own-property';
import {answerWithError} from './answer-with-error';
import {callerOfInclude} from './connector-includes';
import {knownUseOf} from './data-source-use';
import {guardSingleRelations} from './single-relations';
import {guardBegun} from './transaction-end';

/** How a method answers its caller. `throw`: it is synchronous. `answer`: by the callback that it was given, else by a promise. */
export type Answer = 'throw' | 'answer';

/** The tenant of each connector that serves one tenant alone. */
const tenantOfConnector = new WeakMap<Connector, TenantOwned>();

/** Notes that a connector serves one tenant alone. */
export function noteTenantOfConnector(connector: Connector, owned: TenantOwned): void {
  tenantOfConnector.set(connector, owned);
}

/** The class of a receiver, which is a class or an instance. */
export function classOfReceiver(receiver: unknown): Function | undefined {
  return typeof receiver === 'function' ? receiver : (receiver as object | undefined)?.constructor;
}

/**
 * Returns the error for a data access while another tenant than that of the class, its datasource, or an instance or a transaction among
 * the arguments runs. After the end of the class's registry the error of that end says more, so there is none here.
 * @param dataSource of the class, if it is no accessor: a routed model has the running tenant's
 * @throws what the option `currentTenant` throws
 */
export function mismatchOfDataAccess(
  name: string,
  receiver: unknown,
  args: readonly unknown[],
  owner: OwningRegistry | undefined,
  dataSource: StockDataSource | null | undefined,
): Error | undefined {
  if (owner?.disposed) return undefined;
  let running = otherRunningTenant(owner);
  if (running !== undefined) return mismatchError(`${name}() is called on ${subjectOf(receiver)}`, owner!, running);
  const owned = dataSource ? knownUseOf(dataSource)?.owned : undefined;
  if (owned && owned.tenant !== owner?.tenant) {
    running = otherRunningTenant(owned);
    const use = () => `${name}() is called on ${subjectOf(receiver)} and its datasource`;
    if (running !== undefined) return mismatchError(use(), owned, running);
  }
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    const error = Array.isArray(arg)
      ? mismatchOfItems(name, receiver, arg, owner)
      : mismatchOfArgument(name, receiver, arg, owner);
    if (error) return error;
  }
  return undefined;
}

function subjectOf(receiver: unknown): string {
  const {modelName} = classOfReceiver(receiver) as ModelClass;
  return typeof receiver === 'function' ? `model ${modelName}` : `an instance of ${modelName}`;
}

type Owner = TenantOwned | undefined;

function mismatchOfItems(name: string, receiver: unknown, items: readonly unknown[], owner: Owner): Error | undefined {
  for (const item of items) {
    if (typeof item !== 'object' || item === null) continue;
    const error = mismatchOfArgument(name, receiver, item, owner);
    if (error) return error;
  }
  return undefined;
}

/** @param owner of the class: what belongs to the same tenant was checked with the class */
function mismatchOfArgument(name: string, receiver: unknown, arg: object, owner: Owner): Error | undefined {
  const {constructor} = arg;
  if (constructor !== Object && isModelClass(constructor)) {
    const other = ownerOf(constructor);
    if (!other || other.tenant === owner?.tenant) return undefined;
    const running = otherRunningTenant(other);
    if (running === undefined) return undefined;
    return mismatchError(`${name}() on ${subjectOf(receiver)} gets an instance of ${constructor.modelName}`, other, running);
  }
  const connector = (arg as {transaction?: {connector?: Connector} | null}).transaction?.connector;
  const owned = typeof connector === 'object' && connector ? tenantOfConnector.get(connector) : undefined;
  const running = otherRunningTenant(owned);
  if (running === undefined) return undefined;
  return mismatchError(`${name}() on ${subjectOf(receiver)} gets a transaction`, owned!, running);
}

/** A define mentions other models, such as the target of a relation. */
function mismatchOfModels(name: string, receiver: unknown, args: readonly unknown[]): Error | undefined {
  for (const arg of args) {
    const owner = isModelClass(arg) ? ownerOf(arg) : undefined;
    const running = otherRunningTenant(owner);
    if (!owner || owner.disposed || running === undefined) continue;
    return mismatchError(`${name}() on ${subjectOf(receiver)} gets model ${(arg as ModelClass).modelName}`, owner, running);
  }
  return undefined;
}

/** The statics of a DataAccessObject that neither reach the connector nor change the class. */
const HARMLESS = new Set([
  ...['getConnector', 'lookupModel', 'normalizeInclude', 'applyProperties', 'applyScope', 'defaultScope'],
  ...['isNewRecord', 'setAttribute', 'setAttributes', 'unsetAttribute', 'constructor'],
]);

/** The methods of a DataAccessObject, besides the operations, that are synchronous: those that define, and an iterator. */
const SYNCHRONOUS = new Set([
  ...['belongsTo', 'hasMany', 'hasOne', 'hasAndBelongsToMany', 'embedsOne', 'embedsMany', 'referencesMany', 'scope'],
  'iterateKeys',
]);

/**
 * How the method `name` of a DataAccessObject answers, if it must be guarded. Undefined for a method that is none of data access, and for
 * a class. A connector may have methods of its own; juggler offers them for remoting, so they answer by callback or promise.
 */
export function answerOfDaoMethod(name: string, method: unknown): Answer | undefined {
  if (typeof method !== 'function' || HARMLESS.has(name) || /^[_A-Z]/.test(name)) return undefined;
  return SYNCHRONOUS.has(name) ? 'throw' : 'answer';
}

/** By method and answer: one replacement for each method, so that aliases stay equal and all datasources share it. */
const guarded = new WeakMap<Method, Method>();
const guards = new WeakSet<Method>();

/** Returns a replacement of a method of a class or instance that is refused while another tenant runs. */
export function guardModelMethod(method: Method, name: string, answer: Answer): Method {
  if (guards.has(method)) return method;
  let guard = guarded.get(method);
  if (!guard) {
    guard = function (...args) {
      const model = classOfReceiver(this);
      try {
        const dataSource = model && ownValue<StockDataSource>(model, 'dataSource');
        const mismatch =
          mismatchOfDataAccess(name, this, args, ownerOf(model), dataSource) ??
          (answer === 'throw' ? mismatchOfModels(name, this, args) : undefined);
        if (mismatch) throw mismatch;
      } catch (refusal) {
        const caller = name === 'include' ? callerOfInclude(args) : undefined;
        if (caller && caller.tenant === (refusal as {tenant?: string}).tenant)
          return caller.runningTenants!.runFor(caller.tenant, () => method.apply(this, args));
        if (answer === 'throw') throw refusal;
        return answerWithError(args, refusal, this);
      }
      if (name === 'beginTransaction') {
        // of a routed model, this is the running tenant's datasource
        const dataSource = (model as ModelClass).dataSource;
        return guardBegun(method, this, args, dataSource ? knownUseOf(dataSource)?.owned : undefined);
      }
      const result = method.apply(this, args);
      if (name === 'hasOne' || name === 'belongsTo') guardSingleRelations(model as ModelClass, refuseInstance);
      return result;
    };
    copyMethodProperties(guard, method);
    guarded.set(method, guard);
    guards.add(guard);
  }
  return guard;
}

function refuseInstance(name: string, instance: object, args: readonly unknown[]): {readonly answer: unknown} | undefined {
  try {
    const mismatch = mismatchOfDataAccess(name, instance, args, ownerOf(instance.constructor), undefined);
    return mismatch && {answer: answerWithError(args, mismatch, instance)};
  } catch (failure) {
    return {answer: answerWithError(args, failure, instance)};
  }
}

/** Guards the statics of juggler's ModelBaseClass that change a class. @param statics a class, or an object that classes inherit from */
export function guardDefiningStatics(statics: object): void {
  for (const name of ['defineProperty', 'mixin']) replaceMethod(statics, name, method => guardModelMethod(method, name, 'throw'));
}
