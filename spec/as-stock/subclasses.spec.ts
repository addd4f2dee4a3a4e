import fc from 'fast-check';
import {portrait, withoutUpdateOnly} from '../support/portrait';
import {flatShapes, models, records, settings, shapes} from '../support/random-models';
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

/** A subclass, with what it took from its base. */
function family(Sub: any, Base: any, data: object): unknown {
  return outcomes({
    names: () => [Sub.modelName, Sub.pluralModelName, Sub.name, Sub.http, Sub.base === Base, Sub.super_ === Base, Sub.__rank],
    settings: () => Sub.settings,
    definition: () => [
      Sub.definition.properties,
      Sub.definition.rawProperties,
      Sub.definition.idNames(),
      Sub.definition.toJSON(),
    ],
    base: () => [Base.definition.properties, Base.settings],
    instance: () => {
      const instance = new Sub(copyOf(data));
      return [instance, instance instanceof Base, instance.toObject(), instance.toJSON()];
    },
    known: () => [Sub.modelBuilder.models[Sub.modelName] === Sub, Sub.definition.modelBuilder === Sub.modelBuilder],
    statics: () =>
      ['own', 'late', 'hidden', 'validations', '_mixins', 'relations', '_observers', 'getter', 'scopes'].map(name => [
        name,
        Sub[name],
        name in Sub,
      ]),
    methods: () => [Sub.prototype.method?.(), Sub.prototype.late?.(), Object.hasOwn(Sub.prototype, 'method')],
  });
}

function furnish(Base: any, log: unknown[]): void {
  Base.own = {some: 'static'};
  Object.defineProperty(Base, 'hidden', {value: 1, configurable: true});
  Base.prototype.method = () => 'of the base';
  Base.getter.a = () => 'got';
  Base.observe?.('access', async () => {});
  Base.validatesPresenceOf('b');
  Base.setup = function (this: any) {
    log.push(['setup', this.modelName, this.definition.idNames()]);
  };
}

function furnishLater(Base: any): void {
  Base.late = 1;
  Base.prototype.late = () => 'late';
}

describe('A subclass equals the one that juggler makes', () => {
  itIsAsOnStock(
    'by extend, of any class',
    fc.tuple(models, shapes, settings, records, fc.nat()),
    (side, [model, properties, settings, data, index]) => {
      const Base = oneOfClasses(define(side, {...model, name: 'Base'}), index);
      const log: unknown[] = [];
      furnish(Base, log);
      const Sub = Base.extend('Sub', properties, settings);
      furnishLater(Base);
      return [family(Sub, Base, data), log];
    },
  );

  itIsAsOnStock(
    'by the setting base, a name or a class',
    fc.tuple(models, models, records, fc.constantFrom('name', 'class', 'super', 'parent', 'both')),
    (side, [base, model, data, how]) => {
      const Base = define(side, {...base, name: 'Base'});
      const log: unknown[] = [];
      furnish(Base, log);
      const {properties, settings} = model;
      const Sub = outcome(() => {
        const Sub = {
          name: () => side.builder.define('Sub', properties, {...settings, base: 'Base'}),
          class: () => side.builder.define('Sub', properties, {...settings, base: Base}),
          super: () => side.builder.define('Sub', properties, {...settings, super: 'Base'}),
          parent: () => side.builder.define('Sub', properties, settings, Base),
          both: () => side.builder.define('Sub', properties, {...settings, base: Base}, Base),
        }[how]();
        furnishLater(Base);
        return family(Sub, Base, data);
      });
      return [Sub, log];
    },
  );

  itIsAsOnStock(
    'when a subclass is extended and changed in turn',
    fc.tuple(models, shapes, shapes, records),
    (side, [model, second, third, data]) => {
      const Base = define(side, {...model, name: 'Base'});
      const Middle = Base.extend('Middle', second);
      Base.defineProperty('afterwards', {type: {deep: {a: String}}});
      Middle.defineProperty('between', [{a: Number}]);
      const Last = Middle.extend('Last', third);
      Middle.defineProperty('later', String);
      return withoutUpdateOnly([
        Object.entries(classesOf(Last)).map(([path, Model]) => [path, portrait(Model.definition.toJSON())]),
        family(Middle, Base, data),
        family(Last, Middle, data),
      ]);
    },
  );

  // without nested ones: an instance of an equal class is kept, and our equal classes are one
  itIsAsOnStock(
    'and accepts instances of its base as in juggler',
    fc.tuple(flatShapes, flatShapes, settings, records),
    ({builder}, [first, second, settings, data]) => {
      const Base = builder.define('Base', first);
      const Sub = Base.extend('Sub', second, settings);
      return [
        outcome(() => new Sub(new Base(copyOf(data)))),
        outcome(() => new Base(new Sub(copyOf(data)))),
        outcome(() => new Base(copyOf(data)) instanceof Sub),
      ];
    },
  );

  itIsAsOnStock(
    'with other ids, fewer properties and hidden properties',
    fc.tuple(
      models,
      records,
      fc.constantFrom<any>(
        {id: {type: String, id: true}},
        {key: {type: Number, id: 2}, other: {type: String, id: 1}},
        {a: null, id: false},
        {a: false, b: null},
        {name: {id: true}},
      ),
    ),
    (side, [model, data, properties]) => {
      const Base = define(side, {...model, name: 'Base'});
      const Sub = Base.extend('Sub', properties, {excludeBaseProperties: ['c']});
      return family(Sub, Base, data);
    },
  );

  const POLICIES: unknown[] = [
    undefined,
    true,
    false,
    {hidden: {replace: true}, acls: {rank: true}, custom: {patch: true}, __default: {replace: false}, __delete: 'away'},
  ];
  itIsAsOnStock(
    'with settings that the merge policy merges',
    fc.tuple(settings, settings, fc.constantFrom(...POLICIES), fc.constantFrom(null, 'away', 'stays')),
    ({builder}, [first, second, configureModelMerge, custom]) => {
      const Base = builder.define('Base', {a: String}, {...first, acls: [{property: 'x'}], hidden: ['a'], indexes: {one: 1}});
      const Sub = Base.extend(
        'Sub',
        {b: String},
        {...second, acls: [{property: 'y'}], hidden: ['b'], indexes: {two: 2}, custom, configureModelMerge},
      );
      const Last = Sub.extend('Last', {}, {acls: [{property: 'z'}]});
      const ranks = [Base, Sub, Last].map(Model => Model.settings.acls?.map((acl: any) => acl.__rank));
      return [Base.settings, Sub.settings, Last.settings, ranks];
    },
  );

  itIsAsOnStockOnce('with the class’s own merge policy', ({builder}) => {
    const results = [];
    for (const Model of [
      builder.define('Base', {a: String}, {list: [1]}),
      builder.define('Has', {part: {a: String}}).definition.properties.part.type,
    ]) {
      Model.getMergePolicy = (options: any) => ({
        ...Model.base.getMergePolicy(options),
        list: {replace: false},
        own: {patch: true},
      });
      const Sub = Model.extend('Sub', {}, {list: [2], own: {a: 1}});
      results.push(Sub.settings, Sub.extend('Last', {}, {list: [3], own: {b: 2}}).settings, Model.settings);
    }
    return results;
  });

  itIsAsOnStockOnce('and an ES class can extend it', ({builder}) => {
    const [Named, Part] = [
      builder.define('Base', {a: Number}),
      builder.define('Has', {part: {a: Number}}).definition.properties.part.type,
    ];
    return [Named, Part].map(Base => {
      class Sub extends Base {
        b = 1;
        get double(): number {
          return this.a * 2;
        }
        static more(this: any): unknown {
          return [this.modelName, this.definition.idNames()];
        }
      }
      const instance = new (Sub as any)({a: '2'});
      return [
        instance.double,
        instance.b,
        instance.toObject(),
        (Sub as any).more(),
        instance instanceof Base,
        (Sub as any).getPropertyType('a'),
        String(Sub).slice(0, 6),
        outcome(() => Reflect.apply(Sub, undefined, [])),
      ];
    });
  });
});
