import {itIsAsOnStockOnce, type Side} from '../support/side-by-side';

const GT = Symbol('gt');
const TAG = Symbol.for('tag');

/** A datasource whose connector keeps the filters that it is given, as a connector that knows operators of its own reads them. */
function filtersOf(dataSource: any): unknown[] {
  const filters: unknown[] = [];
  const {connector} = dataSource;
  const {all} = connector;
  connector.all = function (model: string, filter: unknown, options: unknown, done: unknown) {
    filters.push(filter);
    return all.call(this, model, filter, options, done) as unknown;
  };
  return filters;
}

describe('A symbol in a literal stays where it is on stock', () => {
  itIsAsOnStockOnce('as an operator of a default scope, which reaches the connector', async ({newDataSource}) => {
    const dataSource = newDataSource();
    const filters = filtersOf(dataSource);
    const Person = dataSource.define('Person', {age: Number}, {scope: {where: {age: {[GT]: 18}}}});
    await Person.find();
    await Person.find({where: {name: {[GT]: 'a'}}});
    return [filters, Person.settings.scope];
  });

  itIsAsOnStockOnce('as an operator of a named scope, which reaches the connector', async ({newDataSource}) => {
    const dataSource = newDataSource();
    const filters = filtersOf(dataSource);
    const Person = dataSource.define('Person', {age: Number}, {scopes: {adult: {where: {age: {[GT]: 18}}}}});
    await Person.adult();
    return filters;
  });

  itIsAsOnStockOnce('in the settings and properties of a model, its subclass and its embedded classes', ({builder}) => {
    const properties = {a: {type: String, [TAG]: 1}, part: {b: {type: Number, mysql: {[TAG]: 2}}, [TAG]: 3}, [TAG]: {[GT]: 4}};
    const Model = builder.define('Model', properties, {[TAG]: {of: 5}, mine: {[GT]: [6]}});
    const Sub = Model.extend('Sub', {c: {type: String, [TAG]: 7}}, {own: {[GT]: 8}});
    const Part = Model.definition.properties.part.type;
    return [Model, Sub, Part].map(({definition}) => [definition.properties, definition.rawProperties, definition.settings]);
  });

  itIsAsOnStockOnce('in a property that is added later', ({builder}) => {
    const Model = builder.define('Model', {});
    Model.defineProperty('a', {type: String, [TAG]: 1, mysql: {[GT]: 2}});
    return [Model.definition.properties, Model.definition.rawProperties];
  });
});

describe('The attributes of a list take effect as on stock', () => {
  /** A list at a place: of a model, and of an embedded class. */
  const places: Record<string, (side: Side, list: unknown) => any> = {
    'of a model': ({builder}, list) => builder.define('Order', {list}),
    'of a nested object': ({builder}, list) => builder.define('Order', {part: {list}}).definition.properties.part.type,
    'of a subclass': ({builder}, list) => builder.define('Base', {b: String}).extend('Order', {list}),
    'added later': ({builder}, list) => {
      const Order = builder.define('Order', {b: String});
      Order.defineProperty('list', list);
      return Order;
    },
  };
  const lists: Record<string, () => unknown> = {
    required: () => Object.assign([String], {required: true}),
    'required, with options': () => Object.assign([{a: String}], {required: {message: 'is needed'}}),
    'a default': () => Object.assign([{a: Number}], {default: [{a: '1'}]}),
    'a default function': () => Object.assign(['string'], {default: () => [1]}),
    'an id': () => Object.assign([String], {id: true}),
    'options of a connector': () => Object.assign([String], {mysql: {columnName: 'LIST'}, index: true}),
    'an attribute named type': () => Object.assign([String], {type: Number, required: true}),
    'more items': () => Object.assign([String, Number], {required: true}),
    'no item': () => Object.assign([], {required: true}),
  };
  for (const [title, list] of Object.entries(lists)) {
    for (const [place, define] of Object.entries(places)) {
      itIsAsOnStockOnce(`${title}, ${place}`, side => {
        const Model = define(side, list());
        const [empty, filled] = [new Model({}), new Model({list: ['x']})];
        return [
          [empty.isValid(), empty.errors, empty.toObject(), filled.isValid(), filled.toObject()],
          [Model.definition.properties, Model.definition.columnName('mysql', 'list'), Model.definition.indexes()],
          [Model.definition.idNames(), Object.keys(Model.validations ?? {}), Model.definition.toJSON()],
        ];
      });
    }
  }
});
