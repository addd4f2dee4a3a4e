import {inspect} from 'node:util';
import fc from 'fast-check';
import {models, names, records, shapes, values} from '../support/random-models';
import {
  classesOf,
  copyOf,
  itIsAsOnStock,
  itIsAsOnStockOnce,
  oneOfClasses,
  outcome,
  outcomes,
  type Side,
} from '../support/side-by-side';

const define = ({builder}: Side, {name, properties, settings}: any) => builder.define(name, properties, settings);
const each = (model: any, observe: (Model: any) => unknown) =>
  Object.entries(classesOf(model)).map(([path, Model]) => [path, outcome(() => observe(Model))]);

const FLAGS = [undefined, true, false];
const ALL_FLAGS = FLAGS.flatMap(first => [true, false].flatMap(second => [true, false].map(third => [first, second, third])));

/** All that can be read of an instance. */
function read(instance: any): unknown {
  const inherited: string[] = [];
  for (const name in instance) inherited.push(name);
  const {constructor: Model} = instance;
  const properties = Object.keys(Model.definition.properties);
  return outcomes({
    data: () => instance.__data,
    own: () => Object.keys(instance),
    state: () => [instance.__strict, instance.__persisted, instance.__unknownProperties, instance.__dataSource],
    relations: () => instance.__cachedRelations,
    values: () => properties.map(name => [instance[name], instance[`$${name}`], instance[name] === instance[`$${name}`]]),
    id: () => instance.id,
    listed: () => inherited.sort(),
    inOrder: () => inherited.filter(name => properties.includes(name)),
    toObject: () => ALL_FLAGS.map(flags => outcome(() => instance.toObject(...flags))),
    byOptions: () => instance.toObject({onlySchema: false, removeHidden: true, removeProtected: true}),
    toJSON: () => instance.toJSON(),
    text: () => [JSON.stringify(instance), inspect(instance), instance.inspect(), String(instance)],
    types: () => properties.map(name => instance.getPropertyType(name)),
    kinds: () => properties.map(name => kinds(Model, name, instance[name])),
    dataSource: () => instance.getDataSource(),
  });
}

/** Of which classes the value of a property is, where it is embedded. */
function kinds(Model: any, name: string, value: any): unknown {
  const {type} = Model.definition.properties[name];
  if (typeof type === 'function' && type.definition) return [value instanceof type, value?.constructor?.name];
  return [
    Array.isArray(value),
    value?.constructor?.name,
    value?.itemType,
    value?.parent === undefined,
    value?.[0]?.constructor?.name,
  ];
}

const OPTIONS: Record<string, unknown>[] = [
  ...[{applySetters: false}, {applyDefaultValues: false}, {strict: true}, {strict: false}, {strict: 'filter'}, {persisted: true}],
  ...[{fields: ['a', 'id']}, {applySetters: false, applyDefaultValues: false, strict: true}, {}],
];

describe('An instance equals the one that juggler makes from the same data', () => {
  itIsAsOnStock('of each class of a model', fc.tuple(models, records), (side, [model, data]) =>
    each(define(side, model), Model => read(new Model(copyOf(data)))),
  );

  itIsAsOnStock('with options', fc.tuple(models, records, fc.constantFrom(...OPTIONS)), (side, [model, data, options]) =>
    each(define(side, model), Model => [
      read(new Model(copyOf(data), copyOf(options))),
      read(Model(copyOf(data), copyOf(options))),
    ]),
  );

  itIsAsOnStock(
    'from no data, from another instance, and from data of another kind',
    fc.tuple(models, records, values),
    (side, [model, data, other]) =>
      each(define(side, model), Model => {
        const first = new Model(copyOf(data));
        return [
          new Model(),
          new Model(null),
          new Model(first),
          new Model(other),
          new Model(first.toObject()),
          new Model(first.toJSON()),
        ].map(read);
      }),
  );

  itIsAsOnStock('from instances of its embedded classes', fc.tuple(models, records), (side, [model, data]) => {
    const Model = define(side, model);
    const parts: Record<string, unknown> = copyOf(data);
    for (const [name, {type}] of Object.entries<any>(Model.definition.properties)) {
      if (type?.definition) parts[name] = new type(copyOf(data));
      if (type?.[0]?.definition) parts[name] = [new type[0](copyOf(data)), copyOf(data), null];
    }
    const instance = new Model(parts);
    return [read(instance), Object.keys(parts).map(name => instance[name] === parts[name])];
  });

  itIsAsOnStock('from JSON text', fc.tuple(shapes, records), ({builder}, [shape, data]) => {
    const Model = builder.define('Order', {part: {type: shape}, list: [shape]});
    const text = JSON.stringify(data) ?? '';
    return [{part: text}, {list: `[${text}]`}, {list: [text]}, {list: text}, {part: [text]}].map(each =>
      outcome(() => read(new Model(each))),
    );
  });

  itIsAsOnStock(
    'with a model that hides its internal properties',
    fc.tuple(models, records, fc.nat()),
    (side, [model, data, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      Model.hideInternalProperties = true;
      const instance = new Model(data);
      return [read(instance), Object.getOwnPropertyNames(instance)];
    },
  );

  itIsAsOnStock(
    'with a class that applies properties to all data',
    fc.tuple(models, records, fc.nat()),
    (side, [model, data, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      Model.applyProperties = (all: any) => (all.a = 'applied');
      return read(new Model(data));
    },
  );

  itIsAsOnStock(
    'with references from embedded instances to the instance around them',
    fc.tuple(shapes, records),
    ({builder}, [shape, data]) => {
      builder.settings.parentRef = true;
      const Model = builder.define('Order', {part: {type: shape}, list: [shape]});
      const instance = new Model({part: copyOf(data), list: [copyOf(data)]});
      return [
        instance.part?.__parent === instance,
        instance.list?.[0]?.__parent === instance,
        instance.list?.parent === instance,
        instance.toObject(),
      ];
    },
  );
});

describe('An assigned value is stored as in juggler', () => {
  const assignments = fc.array(fc.tuple(names, values), {minLength: 1, maxLength: 5});

  itIsAsOnStock(
    'when it is assigned to a known or unknown property',
    fc.tuple(models, records, assignments),
    (side, [model, data, assigned]) =>
      each(define(side, model), Model => {
        const instance = new Model(copyOf(data));
        const written = assigned.map(([name, value]) => outcome(() => ((instance[name] = copyOf(value)), instance[name])));
        return [written, read(instance)];
      }),
  );

  itIsAsOnStock(
    'when it is assigned to the raw accessor of a property',
    fc.tuple(models, records, assignments),
    (side, [model, data, assigned]) =>
      each(define(side, model), Model => {
        const instance = new Model(copyOf(data));
        for (const [name, value] of assigned) instance[`$${name}`] = copyOf(value);
        return read(instance);
      }),
  );

  itIsAsOnStock('when all properties are set from an object', fc.tuple(models, records, records), (side, [model, data, other]) =>
    each(define(side, model), Model => {
      const instance = new Model(copyOf(data));
      return [outcome(() => instance.fromObject(copyOf(other))), read(instance), outcome(() => instance.reset())];
    }),
  );

  itIsAsOnStock(
    'when it is assigned to a list of embedded instances',
    fc.tuple(shapes, records, values),
    ({builder}, [shape, data, value]) => {
      const Model = builder.define('Order', {list: [shape]});
      const instance = new Model({list: [copyOf(data)]});
      const {list} = instance;
      return [
        outcome(() => list.push(copyOf(data))),
        outcome(() => list.push(value)),
        outcome(() => list.toItem(copyOf(data))),
        read(instance),
        outcome(() => String(list)),
        outcome(() => list.map((item: unknown) => item)),
      ];
    },
  );

  itIsAsOnStock(
    'when an instance is set to another strictness',
    fc.tuple(models, records, fc.constantFrom(true, false, 'filter')),
    (side, [model, data, strict]) =>
      each(define(side, model), Model => {
        const instance = new Model(copyOf(data));
        instance.setStrict(strict);
        instance.unknown = 1;
        return read(instance);
      }),
  );
});

describe('The accessor of a property behaves as juggler’s', () => {
  itIsAsOnStock('it occurs once on the way to the base class, with the same attributes', models, (side, model) =>
    each(define(side, model), Model =>
      [...Object.keys(Model.definition.properties), 'id'].map(name => [name, accessor(Model, name), accessor(Model, `$${name}`)]),
    ),
  );

  itIsAsOnStock(
    'it calls the functions in getter and setter with the instance as this',
    fc.tuple(models, records, names, values, fc.nat()),
    (side, [model, data, name, value, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      const calls: unknown[] = [];
      Model.getter[name] = function (this: any) {
        return [this instanceof Model, this.__data?.[name]];
      };
      Model.setter[name] = function (this: any, ...args: unknown[]) {
        calls.push([this instanceof Model, ...args.map(arg => outcome(() => arg))]);
        if (this.__data) this.__data[name] = 'set';
      };
      const instance = new Model(data);
      instance[name] = value;
      const during = [outcome(() => instance[name]), read(instance)];
      delete Model.getter[name];
      delete Model.setter[name];
      instance[name] = value;
      return [calls, during, read(instance), Object.keys(Model.getter), Object.keys(Model.setter)];
    },
  );

  itIsAsOnStock(
    'it works on the prototype, on an object that inherits from an instance, and on an object without data',
    models,
    (side, model) =>
      each(define(side, model), Model => {
        const inheriting = Object.create(new Model({a: '1', id: '2'}));
        const empty = Object.create(Model.prototype);
        return Object.keys(Model.definition.properties).map(name => [
          outcome(() => Model.prototype[name]),
          outcome(() => inheriting[name]),
          outcome(() => empty[name]),
          outcome(() => ((empty[name] = '3'), empty[name])),
          outcome(() => ((inheriting[name] = '4'), Object.hasOwn(inheriting, name), inheriting[name])),
        ]);
      }),
  );

  itIsAsOnStock(
    'it follows a change of the type in the definition',
    fc.tuple(models, values, fc.constantFrom(String, Number, 'date', Boolean, Array, Date)),
    (side, [model, value, type]) => {
      const Model = define(side, model);
      return Object.values(classesOf(Model)).map(Class => {
        const [name] = Object.keys(Class.definition.properties);
        if (name === undefined) return;
        const before = Class.definition.properties[name].type;
        Class.definition.properties[name].type = type;
        const result = outcome(() => read(new Class({[name]: copyOf(value)})));
        Class.definition.properties[name].type = before;
        return result;
      });
    },
  );

  itIsAsOnStockOnce('it can be replaced on the prototype of the class, and registerProperty restores it', ({builder}) => {
    const Model = builder.define('Order', {part: {a: String}}).definition.properties.part.type;
    Object.defineProperty(Model.prototype, 'a', {get: () => 'mine', configurable: true});
    const replaced = new Model({}).a;
    Model.registerProperty('a');
    const again = new Model({a: 5}).a;
    Model.prototype.method = function (this: any) {
      return this.$a;
    };
    return [replaced, again, new Model({a: 5}).method()];
  });
});

/** The first on the prototype chain, and how many there are. */
function accessor(Model: any, name: string): unknown {
  const found: unknown[] = [];
  for (let place = Model.prototype; place && place !== Model.base.prototype; place = Object.getPrototypeOf(place)) {
    const own = Object.getOwnPropertyDescriptor(place, name);
    if (own) found.push([typeof own.get, typeof own.set, own.enumerable, own.configurable, 'value' in own]);
  }
  return [found[0], found.length];
}
