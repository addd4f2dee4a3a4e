import fc from 'fast-check';
import {portrait, withoutUpdateOnly} from '../support/portrait';
import {models, shapes} from '../support/random-models';
import {itIsAsOnStock, itIsAsOnStockOnce, outcomes, type Side} from '../support/side-by-side';

/** Definitions are made on the first read here. Whatever happens between the define and that read, they say what juggler's say. */
describe('A definition that is read late says what juggler’s definition says', () => {
  const define = (side: Side, properties: object, settings: object = {}) =>
    side.newDataSource().define('Customer', properties, settings);

  itIsAsOnStockOnce('an embedded class, after a write to its shape in the raw properties around it', side => {
    const Customer = define(side, {part: {a: String, deep: {b: Number}}, list: [{c: Date}]});
    const raw = Customer.definition.rawProperties;
    raw.part.more = Boolean;
    delete raw.part.a;
    raw.part.deep.b = String;
    raw.list[0].d = Number;
    const {part, list} = Customer.definition.properties;
    return [part, list].map(({type}) => {
      const {properties} = (Array.isArray(type) ? type[0] : type).definition;
      return Object.keys(properties).map(name => [name, portrait(properties[name])]);
    });
  });

  itIsAsOnStockOnce('the validations, after a property was added', side => {
    const Customer = define(side, {name: {type: String, required: true}, born: Date});
    Customer.defineProperty('more', {type: Date, required: true});
    return Customer.validations;
  });

  itIsAsOnStockOnce('the names in a REST API, after the settings for them were changed', side => {
    const Customer = define(side, {}, {plural: 'clientele', http: {path: 'folk'}});
    Object.assign(Customer.settings, {plural: 'others', http: {path: 'elsewhere'}});
    return [Customer.pluralModelName, Customer.http];
  });

  itIsAsOnStockOnce('the names in a REST API, when settings for them are added later', side => {
    const Customer = define(side, {});
    Object.assign(Customer.settings, {plural: 'others', http: {path: 'elsewhere'}});
    return [Customer.pluralModelName, Customer.http];
  });

  itIsAsOnStockOnce('the validations of an id, for each type that a connector generates', side =>
    [String, Date].flatMap(own =>
      [undefined, Date].map(generated => {
        const dataSource = side.newDataSource();
        if (generated) dataSource.connector.getDefaultIdType = () => generated;
        return dataSource.define('Model', {key: {type: own, id: true, generated: true}}).validations;
      }),
    ),
  );

  itIsAsOnStockOnce('the validations, when a base class has its own validatesPresenceOf', side => {
    const log: unknown[] = [];
    const Base = side.builder.define('Base', {});
    const {validatesPresenceOf} = Base;
    Base.validatesPresenceOf = function (this: any, ...args: unknown[]) {
      log.push([this.modelName, args[0]]);
      validatesPresenceOf.apply(this, args);
    };
    Base.extend('Customer', {name: {type: String, required: true}});
    return log;
  });

  itIsAsOnStockOnce('a model that is defined from another model’s raw properties', side => {
    const One = side.builder.define('One', {x: String, y: Number, z: Date, part: {a: String}}, {idInjection: false});
    const Two = side.builder.define('Two', One.definition.rawProperties, {idInjection: false});
    delete One.definition.rawProperties.x;
    One.definition.defineProperty('more', Boolean);
    return [One, Two].map(({definition}) => portrait(definition.properties));
  });

  itIsAsOnStockOnce('a property that is an instance of a class', side => {
    class Column {
      type = String;
      length = 10;
    }
    const column = new Column();
    const Customer = define(side, {name: column});
    column.length = 20;
    return portrait(Customer.definition.properties);
  });

  itIsAsOnStockOnce('the parts of a definition, each read first', side =>
    ['_ids', 'json', 'relations', 'settings'].map(name => [name, define(side, {a: String}).definition[name]]),
  );

  itIsAsOnStockOnce('the properties passed to the connector, after the definition was replaced', side => {
    const Customer = define(side, {a: String});
    const {connector} = Customer.dataSource;
    Customer.definition = {};
    return Object.keys(connector._models.Customer.properties);
  });

  itIsAsOnStockOnce('a document with a key __proto__', side =>
    ['{"a": 1, "n": {"c": true, "__proto__": {"b": "x"}}}', '{"a": 1, "d": 2, "__proto__": {"b": "x"}}'].map(text => {
      const Model = side.builder.buildModelFromInstance('Any', JSON.parse(text), {idInjection: false});
      const {n} = Model.definition.properties;
      return [Object.keys(Model.definition.properties).sort(), n && Object.keys(n.type.definition.properties).sort()];
    }),
  );

  itIsAsOnStockOnce('the properties passed to the connector, after a property was added', side => {
    const Customer = define(side, {part: {a: String}});
    const entry = side.builder.models.Customer.dataSource.connector._models.Customer;
    Customer.definition.defineProperty('more', String);
    return outcomes({
      entry: () => [Object.keys(entry), entry.model === Customer, entry.settings === Customer.settings],
      properties: () => [Object.keys(entry.properties), entry.properties === Customer.definition.properties],
    });
  });

  itIsAsOnStockOnce('the properties passed to the connector, after the connector has replaced them', side => {
    const Customer = define(side, {part: {a: String}});
    const entry = Customer.dataSource.connector._models.Customer;
    entry.properties = {own: {type: String}};
    return [entry, Object.keys(entry), Object.keys(Customer.definition.properties), {...entry}, Object.create(entry).properties];
  });

  itIsAsOnStockOnce('the properties passed to the connector, when the connector reads them at once', side => {
    const dataSource = side.newDataSource();
    const seen: unknown[] = [];
    const {define} = dataSource.connector;
    dataSource.connector.define = function (entry: any) {
      seen.push(portrait(entry.properties), Object.keys(entry.model.definition.properties));
      define.call(this, entry);
    };
    const Customer = dataSource.define('Customer', {part: {id: Number}, list: [String]});
    return [seen, dataSource.connector._models.Customer.properties === Customer.definition.properties];
  });

  itIsAsOnStock(
    'the type of an id that a connector generates, before and after the first read',
    fc.tuple(models, fc.boolean()),
    (side, [{properties, settings}, looks]) => {
      const Model = side.builder.define('Model', properties, settings);
      if (looks) void Model.definition.properties;
      const dataSource = side.newDataSource();
      dataSource.connector.getDefaultIdType = () => String;
      dataSource.attach(Model);
      const {definition} = Model;
      return withoutUpdateOnly([definition.properties, definition.rawProperties, definition.ids(), Model.settings]);
    },
  );

  itIsAsOnStock('a model that refers to itself', shapes, (side, shape) => {
    const Model = side.builder.define('Node', {...shape, next: 'Node', all: ['Node'], part: {back: 'Node'}});
    const {next, all, part} = Model.definition.properties;
    return [next.type === Model, all.type[0] === Model, part.type.definition.properties.back.type === Model];
  });
});
