import fc from 'fast-check';
import {itIsAsOnStock, outcome, type Side} from '../support/side-by-side';

/** A step: what is done, to which model and property. */
const steps = fc.array(
  fc.record({
    verb: fc.constantFrom<Verb>(
      'define',
      'createModel',
      'attach',
      'defineProperty',
      'Model.defineProperty',
      'delete',
      'look',
      'write',
    ),
    name: fc.constantFrom('Customer', 'Order'),
    property: fc.constantFrom('name', 'part', 'list'),
    type: fc.constantFrom<() => unknown>(
      () => String,
      () => ({a: String}),
      () => [{b: {c: Number}}],
      () => ({type: Number, index: true}),
    ),
  }),
  {minLength: 1, maxLength: 8},
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;
type Verb = 'define' | 'createModel' | 'attach' | 'defineProperty' | 'Model.defineProperty' | 'delete' | 'look' | 'write';

/** A connector with a table as the base class of SQL connectors has it, which keeps beside the table what it was given last. */
class Recording {
  readonly name = 'recording';
  readonly _models: Record<string, any> = {};
  readonly entries: Record<string, any> = {};
  readonly properties: Record<string, any> = {};
  readonly seen: unknown[] = [];

  define(entry: any): void {
    entry.settings = entry.settings || {};
    this._models[entry.model.modelName] = entry;
    this.entries[entry.model.modelName] = entry;
    for (const path in this.properties) if (path.startsWith(`${entry.model.modelName}.`)) delete this.properties[path];
    this.seen.push([entry.model.modelName, Object.keys(entry)]);
  }

  defineProperty(model: string, property: string, definition: any): void {
    const {properties} = this._models[model];
    properties[property] = definition;
    this.properties[`${model}.${property}`] = definition;
    this.seen.push([model, property, Object.keys(definition), properties[property].type === definition.type]);
  }
}

function play(side: Side, todo: readonly Step[]): unknown {
  const connector = new Recording();
  const dataSource = side.newDataSource({
    connector: {
      initialize(it: any, ready: () => void) {
        it.connector = connector;
        ready();
      },
    },
  });
  const {builder} = side;
  return todo.map(({verb, name, property, type}) => [
    verb,
    outcome(() => {
      const properties = {[property]: type()};
      if (verb === 'define' || verb === 'createModel') dataSource[verb](name, properties);
      if (verb === 'attach') dataSource.attach(builder.define(name, properties));
      if (verb === 'defineProperty') dataSource.defineProperty(name, property, type());
      if (verb === 'Model.defineProperty') builder.models[name].defineProperty(property, type());
      if (verb === 'delete') dataSource.deleteModelByName(name);
      if (verb === 'look') void builder.models[name]?.definition.properties;
      // as a connector does that adds to what it has
      if (verb === 'write' && connector.entries[name]) connector.entries[name].settings.written = property;
    }),
    view(connector, builder),
  ]);
}

/** What the connector sees in its table, and in what it has kept of the models that are there. */
function view({_models, entries, properties, seen}: Recording, builder: any): unknown {
  return Object.keys(_models).map(name => {
    const of = (entry: any) => {
      const {model} = entry;
      return {
        keys: Object.keys(entry),
        spread: Object.keys({...entry}),
        isModel: model === builder.models[name],
        isSettings: entry.settings === model.settings,
        settings: Object.keys(entry.settings),
        properties: Object.entries(entry.properties).map(([property, definition]: [string, any]) => [
          property,
          Object.keys(definition),
          isEmbedded(definition.type) || definition.type === model.definition.properties[property]?.type,
        ]),
      };
    };
    const kept = Object.keys(properties).filter(
      path => path.startsWith(`${name}.`) && _models[name].properties[path.split('.')[1]],
    );
    return [
      of(_models[name]),
      of(entries[name]),
      kept.map(path => {
        const current = _models[name].properties[path.split('.')[1]];
        return [path, Object.keys(properties[path]), current.type === properties[path].type || path];
      }),
      [...seen],
    ];
  });
}

/** Stock juggler makes another class of a part at each rebuild of a definition. */
function isEmbedded(type: any): boolean {
  return Boolean((Array.isArray(type) ? type[0] : type)?.settings?.anonymous);
}

describe('What a connector is told of models, and what it keeps of that', () => {
  itIsAsOnStock('is as on stock, as long as a model has its name', steps, play);
});
