import fc from 'fast-check';
import {withoutUpdateOnly, type Portrait} from '../support/portrait';
import {flatShapes, models, names, records, shapes} from '../support/random-models';
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

/** What a change of properties shows in. */
function shown(Model: any, data: object): unknown {
  const {definition} = Model;
  return outcomes({
    properties: () => [definition.properties, Object.keys(definition.rawProperties)],
    ids: () => [definition.idNames(), definition.toJSON()],
    accessors: () =>
      Object.keys(definition.properties).map(name => [name, name in Model.prototype, `$${name}` in Model.prototype]),
    instance: () => new Model(copyOf(data)),
    object: () => new Model(copyOf(data)).toObject(),
    validations: () => Model.validations,
    updateOnly: () => Model.getUpdateOnlyProperties(),
  });
}

/** What failed half-way stock leaves as it is then, and we take back. */
const hasFailed = (result: Portrait) => result.has('.thrown');

/** The outcomes of changes, one after the other, up to the first that fails. */
function changes(...works: (() => unknown)[]): Portrait[] {
  const results: Portrait[] = [];
  for (const work of works) {
    results.push(outcome(work));
    if (hasFailed(results.at(-1)!)) break;
  }
  return results;
}

/** What can be added to a model that is there: stock fails for `null`, half-way. */
const present = shapes.map(shape => Object.fromEntries(Object.entries(shape).filter(([, property]) => Boolean(property))));
const ADDED = fc.oneof(
  shapes,
  fc.constantFrom<unknown>(
    String,
    'number',
    [String],
    {type: Date, required: true},
    {type: String, default: 'x', index: true},
    {type: [{a: Number}]},
    {type: Number, id: true},
    [{a: {b: String}}],
    {},
  ),
);

describe('A changed class equals the class that juggler gives after the same change', () => {
  itIsAsOnStock(
    'by defineProperty',
    fc.tuple(models, records, names, ADDED, fc.nat()),
    (side, [model, data, name, added, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      const returned = outcome(() => Model.defineProperty(name, added));
      return hasFailed(returned) ? returned : withoutUpdateOnly([returned, shown(Model, data)]);
    },
  );

  itIsAsOnStock(
    'by defineProperty and extendModel of the builder',
    fc.tuple(models, records, names, ADDED, present, fc.nat()),
    ({builder}, [model, data, name, added, more, index]) => {
      const Model = oneOfClasses(define({builder} as Side, model), index);
      const returned = changes(
        () => builder.defineProperty(Model.modelName, name, added),
        () => builder.extendModel(Model.modelName, more),
      );
      return returned.some(hasFailed) ? returned : withoutUpdateOnly([returned, shown(Model, data)]);
    },
    [
      // juggler cannot require what every object has
      [
        {name: 'Customer', properties: {}, settings: {}},
        {},
        'a',
        {part: {toString: {type: String, required: true}}},
        {b: String},
        0,
      ],
    ],
  );

  itIsAsOnStock('by defineProperty on a placeholder', ADDED, ({builder}, added) => {
    const Later = builder.getModel('Later', true);
    return [outcome(() => Later.defineProperty('a', added)), outcome(() => builder.defineProperty('Later', 'a', added))];
  });

  itIsAsOnStock('by registerProperty, again', fc.tuple(models, records, fc.nat()), (side, [model, data, index]) => {
    const Model = oneOfClasses(define(side, model), index);
    const names = [...Object.keys(Model.definition.properties), 'none'];
    return [names.map(name => outcome(() => Model.registerProperty(name))), shown(Model, data)];
  });

  itIsAsOnStock(
    'in the attributes of its properties',
    fc.tuple(models, records, names, fc.nat()),
    (side, [model, data, name, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      const {properties} = Model.definition;
      for (const name in properties) Object.assign(properties[name], {default: 'changed', updateOnly: true});
      properties[name] = {type: Number, id: true};
      return shown(Model, data);
    },
  );

  itIsAsOnStock(
    'in its settings',
    fc.tuple(models, records, fc.subarray(['a', 'b', 'id']), fc.constantFrom(true, false, 'filter'), fc.nat()),
    (side, [model, data, hidden, strict, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      Object.assign(Model.settings, {hidden, protected: ['c'], strict, persistUndefinedAsNull: true});
      const instance = outcome(() => new Model(copyOf(data)));
      return [
        instance,
        outcome(() => new Model(data).toJSON()),
        Model.isHiddenProperty('a'),
        Model.isProtectedProperty('c'),
        Model.definition.settings,
      ];
    },
  );

  itIsAsOnStock('by settings that are replaced', fc.tuple(models, records, fc.nat()), (side, [model, data, index]) => {
    const Model = oneOfClasses(define(side, model), index);
    Model.settings = Model.definition.settings = {strict: true, hidden: ['a']};
    return [shown(Model, data), outcome(() => new Model(copyOf(data)).toJSON())];
  });

  itIsAsOnStock('by a definition that is replaced', fc.tuple(models, flatShapes, records), (side, [first, properties, data]) => {
    const Model = Object.values(classesOf(define(side, {...first, name: 'First'}))).at(-1);
    Model.definition = side.builder.define('Second', properties).definition;
    return shown(Model, data);
  });
});

describe('A mixin changes a class as in juggler', () => {
  const mixins: Record<string, (side: Side, Model: any, extra: any, log: unknown[]) => unknown> = {
    'a class with statics and methods': (_side, Model) => {
      class Mixin {
        static own = 1;
        method(): string {
          return 'mixed in';
        }
      }
      Object.defineProperty(Mixin.prototype, 'listed', {value: 2, enumerable: true});
      return Model.mixin(Mixin) === Model;
    },
    'a class written as a function': (_side, Model) => {
      function Mixin(): void {}
      Object.assign(Mixin, {own: 1, emit: 'not this', toString: 'nor this'});
      Object.assign(Mixin.prototype, {method: () => 'mixed in', a: 'shadows', isValid: () => 'theirs'});
      return Model.mixin(Mixin) === Model;
    },
    'an object, with override': (_side, Model) =>
      Model.mixin({own: 1, modelName: 'theirs'}, {override: true, staticProperties: true}) === Model,
    'no statics': (_side, Model) =>
      Model.mixin(
        class {
          static own = 1;
        },
        {staticProperties: false},
      ) === Model,
    'a model': ({builder}, Model, extra) => {
      const Mixin = builder.define('Mixin', extra, {idInjection: false});
      Mixin.own = 1;
      Mixin.prototype.method = () => 'mixed in';
      Mixin.validatesPresenceOf('mixed');
      return Model.mixin(Mixin) === Model;
    },
    'an embedded class': ({builder}, Model, extra) => Model.mixin(builder.resolveType({mixed: String, ...extra})) === Model,
    'a model twice': ({builder}, Model, extra) => {
      const Mixin = builder.define('Mixin', extra, {idInjection: false});
      return [Model.mixin(Mixin) === Model, Model.mixin(Mixin)];
    },
    'a name, then a datasource': (side, Model, extra, log) => {
      side.builder.mixins.define('Named', (Class: any, options: unknown) => {
        log.push([Class === Model, options]);
        Class.own = 1;
        Class.defineProperty('named', extra);
      });
      Model.mixin('Named', {some: 'options'});
      log.push('mixed in');
      Model.attachTo(side.newDataSource());
      return log;
    },
    'the name of a model': ({builder}, Model, extra) => {
      builder.define('Mixin', extra, {idInjection: false});
      return Model.mixin('Mixin');
    },
  };

  itIsAsOnStock(
    'for each kind of mixin',
    fc.tuple(models, records, flatShapes, fc.constantFrom(...Object.keys(mixins)), fc.nat()),
    (side, [model, data, extra, kind, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      const mixed = outcome(() => mixins[kind](side, Model, extra, []));
      if (hasFailed(mixed)) return mixed;
      const statics = ['own', 'modelName', 'toString', 'emit', '_mixins'].map(name => [name, typeof Model[name], name in Model]);
      const methods = ['method', 'listed', 'isValid', 'a'].map(name => outcome(() => typeof Model.prototype[name]));
      return withoutUpdateOnly([
        mixed,
        statics,
        methods.slice(0, 3),
        Model._mixins?.length,
        shown(Model, data),
        Model.base._mixins?.length,
      ]);
    },
  );

  // juggler calls this method of a class that it mixes in, and fails where a property has the name
  const mixable = flatShapes.filter(shape => !Object.hasOwn(shape, 'hasOwnProperty'));

  itIsAsOnStock(
    'in its settings',
    fc.tuple(models, records, mixable, fc.constantFrom<unknown>(true, {an: 'option'}, [true, {two: 2}], false)),
    (side, [model, data, extra, options]) => {
      const log: unknown[] = [];
      side.builder.mixins.define('ByFunction', (Class: any, given: unknown) => log.push([Class.modelName, given]));
      side.builder.mixins.define('ByModel', side.builder.define('Mixin', extra, {idInjection: false}));
      const Model = define(side, {...model, settings: {...model.settings, mixins: {ByFunction: options, ByModel: options}}});
      const before = [...log];
      Model.attachTo(side.newDataSource());
      return withoutUpdateOnly([before, log, shown(Model, data)]);
    },
  );

  itIsAsOnStockOnce('and it changes no other class', ({builder, juggler}) => {
    const [Model, Other] = ['a', 'b'].map(
      name => builder.define(`Has${name}`, {part: {[name]: String}}).definition.properties.part.type,
    );
    const before = juggler.ModelBaseClass._mixins.length;
    Model.mixin(
      class {
        static own = 1;
      },
    );
    return [Model.own, Other.own, 'own' in juggler.ModelBaseClass, Other._mixins, juggler.ModelBaseClass._mixins.length - before];
  });
});
