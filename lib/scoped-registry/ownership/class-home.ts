/** Tells which builder a class belongs to. The builders of one registry share its dictionaries, where in juggler each has its own. */
import type {ModelClass, StockDataSource, StockModelBuilder} from '../juggler/types';
import {isClosed} from './closed-data-source';

interface PlaceholderHome {
  readonly builder: StockModelBuilder;
  /** Whether a datasource has asked for the placeholder by name. Then no other datasource's model may fill it in. */
  isReserved: boolean;
}

/** juggler gives a placeholder no builder, and it must look as in juggler. */
const placeholders = new WeakMap<ModelClass, PlaceholderHome>();

/** Notes the builder that makes a placeholder. */
export function notePlaceholder(model: ModelClass, builder: StockModelBuilder): void {
  if (!placeholders.has(model)) placeholders.set(model, {builder, isReserved: false});
}

/** Keeps a placeholder for the models of its own builder. */
export function reservePlaceholder(model: ModelClass): void {
  const home = placeholders.get(model);
  if (home) home.isReserved = true;
}

/** Forgets that a class was a placeholder: a class has its builder in `modelBuilder`, which may change. */
export function noteDefined(model: ModelClass): void {
  placeholders.delete(model);
}

/** The builder that has defined a class, or on whose datasource it was attached since. */
export function homeOf(model: ModelClass): StockModelBuilder | undefined {
  return placeholders.get(model)?.builder ?? model.modelBuilder;
}

/**
 * Whether a class belongs to a builder of a registry. A tenant's builder inherits from that of the shared registry, and that one from
 * the builder in the application's hands, so the classes of these are its own, too.
 */
export function isOf(model: ModelClass, builder: StockModelBuilder): boolean {
  const home = homeOf(model);
  return home !== undefined && (home === builder || Object.prototype.isPrototypeOf.call(home, builder));
}

/** The getters of `dataSource` that only check whether the class has ended. */
const plainGetters = new WeakSet<Function>();

export function notePlainGetter(get: () => unknown): void {
  plainGetters.add(get);
}

/** The datasource of a class. Undefined for a routed model: to read its accessor would open a tenant's datasource. */
export function fixedDataSourceOf(model: ModelClass): StockDataSource | undefined {
  const property = Object.getOwnPropertyDescriptor(model, 'dataSource');
  const isPlain = property !== undefined && (property.get === undefined || plainGetters.has(property.get));
  return (isPlain && model.dataSource) || undefined;
}

/** Whether a class is in use by an open datasource of another builder, so that it must stay where that datasource finds it. */
export function servesAnother(model: ModelClass, builder: StockModelBuilder): boolean {
  if (homeOf(model) === undefined || isOf(model, builder)) return false;
  if (model.settings?.unresolved) return placeholders.get(model)?.isReserved === true;
  const dataSource = fixedDataSourceOf(model);
  return dataSource !== undefined && !isClosed(dataSource);
}
