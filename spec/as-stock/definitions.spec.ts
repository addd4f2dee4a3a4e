import fc from 'fast-check';
import {withoutUpdateOnly} from '../support/portrait';
import {models, names, shapes} from '../support/random-models';
import {classesOf, itIsAsOnStock, itIsAsOnStockOnce, oneOfClasses, outcome, outcomes, type Side} from '../support/side-by-side';

const define = ({builder}: Side, {name, properties, settings}: any) => builder.define(name, properties, settings);
const each = (model: any, observe: (Model: any) => unknown) =>
  Object.entries(classesOf(model)).map(([path, Model]) => [path, outcome(() => observe(Model))]);

/** What a definition says, each part asked for by itself. */
function definition(Model: any): unknown {
  const {definition} = Model;
  const columns = Object.keys(definition.properties);
  return outcomes({
    name: () => [definition.name, definition.name === Model.modelName],
    properties: () => definition.properties,
    rawProperties: () => definition.rawProperties,
    settings: () => [definition.settings, Model.settings === definition.settings],
    relations: () => definition.relations,
    modelBuilder: () => [definition.modelBuilder, definition.modelBuilder === Model.modelBuilder],
    kind: () => [definition.constructor.name, typeof definition.on, 'defineProperty' in definition],
    ids: () => [definition.ids(), definition.idName(), definition.idNames(), definition.hasPK()],
    tables: () => [definition.tableName('mysql'), definition.tableName('oracle'), definition.indexes()],
    columnNames: () => [definition.columnNames('mysql'), definition.columnNames('oracle'), definition.idColumnName('mysql')],
    columns: () => columns.map(name => [definition.columnName('mysql', name), definition.columnMetadata('mysql', name)]),
    json: () => [definition.toJSON(), definition.toJSON() === definition.toJSON(), JSON.stringify(definition.toJSON())],
    again: () => definition.build() === definition.properties,
  });
}

function rebuild({definition}: any): unknown {
  return [definition.toJSON(true), definition.build(true), definition.ids(), definition.toJSON()];
}

/** What the class says of its properties. */
function metadata(Model: any, name: string): unknown {
  const called: unknown[] = [];
  return outcomes({
    forEachProperty: () => [Model.forEachProperty((...args: unknown[]) => called.push(args)), called],
    getPropertyType: () =>
      [...Object.keys(Model.definition.properties), name].map(one => outcome(() => Model.getPropertyType(one))),
    hidden: () => [Model.isHiddenProperty(name), Model.isProtectedProperty(name)],
    hiddenMaps: () => Model.settings,
    updateOnly: () => Model.getUpdateOnlyProperties(),
    mergePolicy: () => [Model.getMergePolicy(), Model.getMergePolicy({configureModelMerge: true})],
    known: () => [
      Model.modelBuilder.models[Model.modelName] === Model,
      Model.modelBuilder.getModelDefinition(Model.modelName) === Model.definition,
    ],
  });
}

describe('The definition of a class equals juggler’s', () => {
  itIsAsOnStock('of a model and of each embedded class in it', models, (side, model) => each(define(side, model), definition));

  itIsAsOnStock('as shown by the methods of the class', fc.tuple(models, names), (side, [model, name]) =>
    each(define(side, model), Model => metadata(Model, name)),
  );

  itIsAsOnStockOnce('of models whose property names contain a separator', side =>
    [{'a\0b': String}, {a: String, b: String}, {'a\0b\0c': String}, {a: String, 'b\0c': String}].map(properties => {
      const Model = side.builder.define('Model', properties, {idInjection: false});
      return ['a\0b', 'a', 'b', 'a\0b\0c', 'b\0c'].map(name => name in Model.prototype);
    }),
  );

  itIsAsOnStock('after it is built again', fc.tuple(models, fc.nat()), (side, [model, index]) =>
    withoutUpdateOnly(rebuild(oneOfClasses(define(side, model), index))),
  );

  itIsAsOnStock('of a class that resolveType makes, and of the classes in it', shapes, ({builder}, shape) => {
    const type = builder.resolveType(shape);
    const [listed] = builder.resolveType([shape]);
    return [typeof type === 'function' && type.definition ? each(type, definition) : type, typeof listed];
  });

  itIsAsOnStock(
    'when the builder is strict with embedded models',
    fc.tuple(models, fc.constantFrom(true, 'filter')),
    (side, [model, strict]) => {
      side.builder.settings.strictEmbeddedModels = strict;
      return each(define(side, model), definition);
    },
  );

  itIsAsOnStock('with a base class of the builder’s own', fc.tuple(models, models), (side, [base, model]) => {
    side.builder.defaultModelBaseClass = side.builder.define('Base', base.properties, base.settings);
    const Model = define(side, model);
    return [each(Model, definition), each(Model, Class => [Class.base, metadata(Class, 'a')])];
  });

  itIsAsOnStock('of models built from schemas', fc.array(fc.tuple(models, names), {maxLength: 3}), ({builder}, schemas) => {
    const list = schemas.map(([{name, properties, settings}], index) => ({name: name + index, properties, options: settings}));
    const built = builder.buildModels(list);
    return Object.entries(built).map(([name, model]) => [name, each(model, definition)]);
  });

  itIsAsOnStock('of a model without a name', shapes, ({builder}, shape) => {
    const built: any[] = Object.values(builder.buildModels(shape));
    return built.map(model => each(model, definition));
  });

  itIsAsOnStock('of a model built from an instance', fc.dictionary(names, fc.jsonValue({maxDepth: 3})), ({builder}, json) =>
    each(builder.buildModelFromInstance('FromData', json, {idInjection: false}), definition),
  );

  itIsAsOnStock('after a model of the same name is defined again', fc.tuple(models, models), (side, [first, second]) => {
    const old = define(side, {...first, name: 'Same'});
    const model = define(side, {...second, name: 'Same'});
    return [each(old, definition), each(model, definition), side.builder.getModel('Same') === model];
  });
});

describe('A definition that fails throws the error of juggler', () => {
  /** What a circular import gives, and other values that are no types. */
  const NO_TYPES: Record<string, unknown> = {
    undefined,
    null: null,
    false: false,
    'an empty text': '',
    zero: 0,
    'a list of undefined': [undefined],
  };
  const listsOfNoType = Object.entries(NO_TYPES).flatMap(([title, item]) =>
    Object.entries<(list: unknown) => object>({
      'in a model': list => ({a: list}),
      'in a nested object': list => ({a: {b: list}}),
      'in items': list => ({a: [{b: list}]}),
      'below a key type': list => ({a: {b: {type: list}}}),
      'two levels below, beside others': list => ({x: {y: String}, a: {z: [String], b: {c: list}}}),
      'with attributes': list => ({a: {b: Object.assign(list as object, {required: true})}}),
    }).map(([place, properties]) => [
      `a list of ${title} ${place}`,
      ({builder}: Side) => builder.define('M', properties([item])),
    ]),
  );
  const failing: Record<string, (side: Side) => unknown> = {
    ...(Object.fromEntries(listsOfNoType) as Record<string, (side: Side) => unknown>),
    'no name': ({builder}) => builder.define(),
    'an empty name': ({builder}) => builder.define('', {a: String}),
    'a dot in a property’s name': ({builder}) => builder.define('M', {'a.b': String}),
    'a dot in the name of a nested property': ({builder}) => builder.define('M', {a: {'b.c': String}}),
    'a property without a type': ({builder}) => builder.define('M', {a: undefined}),
    'a nested property without a type': ({builder}) => builder.define('M', {a: {b: undefined}}),
    'an attribute object without a type': ({builder}) => builder.define('M', {a: {type: undefined, b: ''}}),
    'a number for a type': ({builder}) => builder.define('M', {a: 5}),
    'an unknown base': ({builder}) => builder.define('M', {}, {base: 'Unknown'}),
    'a base that is no model': ({builder}) => builder.define('M', {}, {base: class Other {}}),
    'an unknown mixin': ({builder}) => builder.define('M', {}, {mixins: {Unknown: true}}),
    'a property of a model that is unknown': ({builder}) => builder.defineProperty('Unknown', 'a', String),
    'a property with a dot, later': ({builder}) => builder.define('M', {}).defineProperty('a.b', String),
    'a property without a type, later': ({builder}) => builder.define('M', {}).defineProperty('a', {type: null}),
    'registering a property that is not defined': ({builder}) => builder.define('M', {}).registerProperty('a'),
    'registering a property that is not defined on an embedded class': ({builder}) =>
      builder.define('M', {a: {b: String}}).definition.properties.a.type.registerProperty('c'),
    'the type of a property that has none': ({builder}) => {
      const Model = builder.define('M', {a: {b: String}}).definition.properties.a.type;
      Model.definition.properties.b.type = undefined;
      return Model.getPropertyType('b');
    },
    'extending by an unknown name': ({builder}) => builder.define('M', {a: {b: String}}).definition.properties.a.type.extend(),
    'mixing in an unknown name': ({builder}) =>
      builder.define('M', {a: {b: String}}).definition.properties.a.type.mixin('Unknown'),
    'mixing in nothing': ({builder}) => builder.define('M', {a: {b: String}}).definition.properties.a.type.mixin(),
    'attaching to nothing': ({builder}) => builder.define('M', {a: {b: String}}).definition.properties.a.type.attachTo(),
    'data with a constructor': ({builder}) =>
      builder.define('M', {a: {b: String}}).definition.properties.a.type({constructor: 5}),
    'data with a dot': ({builder}) => builder.define('M', {a: {b: String}}).definition.properties.a.type({'c.d': 5}),
    'a placeholder': ({builder}) => new (builder.getModel('Later', true))(),
    'a placeholder for a property': ({builder}) => new (builder.define('M', {a: 'Later'}))({a: {b: 1}}),
    'a placeholder for an item': ({builder}) => new (builder.define('M', {a: {b: ['Later']}}))({a: {b: [{c: 1}]}}),
  };
  for (const [title, work] of Object.entries(failing)) {
    itIsAsOnStockOnce(title, side => {
      const result = outcome(() => work(side));
      return typeof result === 'function' ? 'made' : result;
    });
  }
});
