import {ModelRegistry, TenantRegistries, type Juggler, forJuggler} from '../../lib/index';
import {outcome, outcomes} from './side-by-side';
import type {Portrait} from './portrait';

/** What changes put in place of what is there: `lookAt` knows it by sight. */
export function CHANGED(): string {
  return 'changed';
}

const PART = () => ({a: {type: String, mysql: {columnName: 'A'}}, c: {type: Number, index: {unique: true}}});
const PROPERTIES = () => ({
  ...PART(),
  born: Date,
  list: [{...PART(), item: Boolean}],
  part: {...PART(), deep: {...PART(), deepest: [Number]}},
});
const SETTINGS = () => ({hidden: ['c'], custom: {deep: {value: 1}}, indexes: {byA: {keys: {a: 1}}}});

/** One tenant that defines what all define. */
export interface Tenant {
  readonly builder: any;
  readonly newDataSource: () => any;
  readonly Base: any;
  readonly Model: any;
  readonly Special: any;
}

/** The classes of a tenant that can be changed. Each has properties `a` and `c`. */
export const KINDS: Record<string, (tenant: Tenant) => any> = {
  'a named class': ({Model}) => Model,
  'one with a base': ({Special}) => Special,
  'an embedded class': ({Model}) => Model.definition.properties.part.type,
  'one within': ({Model}) => Model.definition.properties.part.type.definition.properties.deep.type,
  'an item of a list': ({Model}) => Model.definition.properties.list.type[0],
};

/** Defines the same models for whichever tenant. */
export function defineFor(registry: ModelRegistry | {registries: TenantRegistries; tenant: string}, juggler: unknown): Tenant {
  const {ModelBuilder, DataSource} = forJuggler(juggler as Juggler);
  const builder: any = new ModelBuilder(registry instanceof ModelRegistry ? {registry} : registry);
  const newDataSource = () => new DataSource('db', {connector: 'memory'}, builder);
  return {builder, newDataSource, ...defineAgain(builder)};
}

/** The same models once more, under the same names. */
export function defineAgain(builder: any): Pick<Tenant, 'Base' | 'Model' | 'Special'> {
  return {
    Base: builder.define('Base', {based: {type: String, oracle: {column: 'B'}}}, {custom: {base: true}}),
    Model: builder.define('Model', PROPERTIES(), SETTINGS()),
    Special: builder.define('Special', PART(), {...SETTINGS(), base: 'Base'}),
  };
}

const HIDDEN = [
  ...['modelName', 'dataSource', 'pluralModelName', 'relations', 'http', 'base', '_observers', '_warned', 'super_', 'name'],
  ...['validations', 'scopes', '_scopeMeta', '_mixins', 'mine'],
];
const DATA = {
  a: '1',
  c: '2',
  born: '2020-01-01',
  list: [{a: 1, item: '1'}],
  part: {a: 2, deep: {a: 3, deepest: ['4']}},
  based: 'b',
  mine: 'm',
};

/** All that a class shows of itself, as text. */
export function lookAt(Model: any): Record<string, Portrait> {
  const {definition} = Model;
  return outcomes({
    statics: () =>
      [...new Set([...listed(Model), ...HIDDEN])].sort().map(name => [name, name === 'definition' ? '' : marked(Model[name])]),
    prototype: () => inherited(Model.prototype, Model.base?.prototype),
    methods: () =>
      listed(Model.prototype)
        .sort()
        .map(name => [name, outcome(() => marked(Model.prototype[name]))]),
    properties: () => [definition.properties, definition.rawProperties],
    definition: () => [
      definition.name,
      definition.relations,
      definition.idNames(),
      definition.columnNames('mysql'),
      definition.indexes(),
    ],
    functions: () => ['build', 'toJSON', 'idName', 'defineProperty'].map(name => marked(definition[name])),
    json: () => definition.toJSON(),
    events: () => [Model.eventNames(), Model.listenerCount('e'), Model.getMaxListeners()],
    attributes: () => Object.keys(definition.properties).map(name => [Model.isHiddenProperty(name), Model.getPropertyType(name)]),
    instance: () => new Model({...DATA}),
    values: () => Object.keys(DATA).map(name => [new Model({...DATA})[name], new Model({})[`$${name}`]]),
    object: () => [new Model({...DATA}).toObject(), JSON.stringify(new Model({...DATA}))],
    valid: () => {
      const instance = new Model({c: '2'});
      return [instance.isValid(), {...instance.errors}];
    },
  });
}

function listed(object: object): string[] {
  const names = [];
  for (const name in object) names.push(name);
  return names;
}

function marked(value: unknown): unknown {
  return value === CHANGED ? 'changed' : value;
}

function inherited(prototype: object, end: object): unknown {
  const names = new Set<string>();
  const places: object[] = [];
  for (let place = prototype; place && place !== end; place = Object.getPrototypeOf(place) as object) places.push(place);
  for (const place of places) for (const name of Object.getOwnPropertyNames(place)) names.add(name);
  return [...names].sort().map(name => {
    const {get, set, value, enumerable} = places.map(place => Object.getOwnPropertyDescriptor(place, name)).find(Boolean)!;
    return [name, marked(get), marked(set), marked(value), enumerable];
  });
}
