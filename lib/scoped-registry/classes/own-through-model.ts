import type {Dictionary, ModelClass} from '../juggler/types';
import {fixedDataSourceOf} from '../ownership/class-home';

/** The parameters of juggler's `hasAndBelongsToMany` that say which model is between the two. */
interface Parameters extends Dictionary<unknown> {
  model?: unknown;
  as?: string;
  through?: unknown;
  throughTable?: unknown;
  polymorphic?: unknown;
}

/**
 * The arguments for juggler's `hasAndBelongsToMany`. juggler looks for the model between the two by their names. Where another pair of
 * the tenant has the same names on other datasources, it would find the model of that pair, and keep these rows among those.
 */
export function withOwnThroughModel(model: ModelClass, args: unknown[]): unknown[] {
  const [target, parameters = {}] = args as [unknown, Parameters?];
  const dataSource = fixedDataSourceOf(model);
  if (!dataSource || dataSource.isTransaction) return args;
  if (parameters.through || parameters.throughTable || parameters.polymorphic) return args;
  const {models} = dataSource.modelBuilder;
  const modelTo = targetOf(models, target, parameters);
  if (!modelTo) return args;
  const ends = [dataSource, fixedDataSourceOf(modelTo)];
  const names = [model.modelName + modelTo.modelName, modelTo.modelName + model.modelName];
  const found = names.map(name => named(models, name)).filter(each => each !== undefined);
  const isBetween = (between: ModelClass) => {
    const place = fixedDataSourceOf(between);
    return !place || ends.includes(place);
  };
  if (found.every(isBetween)) return args;
  const through = found.find(isBetween) ?? dataSource.define(names[0]);
  return [target, {...parameters, through}];
}

/** The target, which may be named by the name of the model or by its plural. */
function targetOf(models: Dictionary<ModelClass>, target: unknown, {model, as}: Parameters): ModelClass | undefined {
  for (const reference of [typeof target === 'function' ? target : (model ?? target), as ?? target]) {
    if (typeof reference === 'function') return reference as ModelClass;
    const found = typeof reference === 'string' && named(models, reference, true);
    if (found) return found;
  }
  return undefined;
}

/** The model of a name in any case, as juggler looks it up. */
function named(models: Dictionary<ModelClass>, name: string, orPlural = false): ModelClass | undefined {
  if (models[name]) return models[name];
  const wanted = name.toLowerCase();
  for (const each in models)
    if (each.toLowerCase() === wanted || (orPlural && models[each].pluralModelName?.toLowerCase() === wanted))
      return models[each];
  return undefined;
}
