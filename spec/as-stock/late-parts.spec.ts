import {itIsAsOnStockOnce, type Side} from '../support/side-by-side';

/** Embedded classes are made when the model around them is first used. Changes between the define and that use do not show in them. */
describe('An embedded class that is made late equals the one that juggler makes at once', () => {
  const properties = () => ({a: {s: String, deep: {t: String, date: 'date', deeper: {u: [Number]}}}, list: [{of: {v: Boolean}}]});
  const data = () => ({a: {s: 1, extra: 2, deep: {t: 3, date: 0, deeper: {u: ['4']}}}, list: [{of: {v: 'true'}}]});

  /** What is done between the define and the first look. */
  const between: Record<string, (side: Side, Model: any) => unknown> = {
    'the builder became strict': ({builder}) => (builder.settings.strictEmbeddedModels = true),
    'the builder got another base class': ({builder}) =>
      (builder.defaultModelBaseClass = builder.define('OtherBase', {z: Number})),
    'the base class got a static': ({builder}) => {
      builder.defaultModelBaseClass.later = () => 'later';
      return () => delete builder.defaultModelBaseClass.later;
    },
    'the base class got a method': ({builder}) => {
      builder.defaultModelBaseClass.prototype.later = () => 'later';
      return () => delete builder.defaultModelBaseClass.prototype.later;
    },
    'user code replaced resolveType of the builder': ({builder}) => {
      builder.resolveType = () => Number;
      return () => delete builder.resolveType;
    },
    'a value type was replaced': ({builder, juggler}) => {
      const {schemaTypes} = juggler.ModelBuilder;
      const before = schemaTypes.date;
      builder.defineValueType(function Later() {}, ['date']);
      return () => {
        schemaTypes.date = before;
        delete schemaTypes.later;
      };
    },
    'a model was defined under the name of a value type': ({builder}) => void builder.define('date', {x: Number}),
    'the model was deleted': ({builder}) => builder.deleteModelByName('Customer'),
    'the model was redefined': ({builder}) => void builder.define('Customer', {b: Number}),
  };
  for (const [title, change] of Object.entries(between)) {
    itIsAsOnStockOnce(`when ${title}`, side => {
      const Model = side.builder.define('Customer', properties());
      const undo = change(side, Model);
      try {
        const instance = new Model(data());
        const parts = [instance.a, instance.a.deep, instance.a.deep.deeper, instance.list[0], instance.list[0].of];
        return parts.map(part => {
          const Part = part.constructor;
          const {modelName} = Part.base;
          return [part.toJSON(), typeof Part.later, typeof part.later, Part.settings.strict, modelName];
        });
      } finally {
        if (typeof undo === 'function') undo();
      }
    });
  }

  itIsAsOnStockOnce('when a value type was replaced after an earlier model was defined', ({builder, juggler}) => {
    const {schemaTypes} = juggler.ModelBuilder;
    const before = schemaTypes.date;
    builder.define('Earlier', properties());
    builder.defineValueType(
      function Later(this: any, value: unknown) {
        return {later: value};
      },
      ['date'],
    );
    try {
      return new (builder.define('Customer', properties()))(data()).a.deep.date;
    } finally {
      schemaTypes.date = before;
      delete schemaTypes.later;
    }
  });

  itIsAsOnStockOnce('when the caller wrote to the literal after the define', side => {
    const literal: any = properties();
    const Model = side.builder.define('Customer', literal);
    literal.a.deep.t = Number;
    literal.a.deep.deeper.more = String;
    literal.list[0].of = String;
    return new Model(data());
  });

  itIsAsOnStockOnce('when the model was copied, extended or mixed in', ({builder}) => {
    const Model = builder.define('Customer', properties());
    const Copy = builder.copyModel(Model);
    const Sub = Model.extend('Sub', {b: {w: Number}});
    const Other = builder.define('Other', {c: Number});
    Other.mixin(Model);
    const [model, sub] = [new Model(data()), new Sub({...data(), b: {w: '1'}})];
    return [model, sub, sub.a.constructor === model.a.constructor, new Copy(data()), new Other({...data(), c: '1'})];
  });

  itIsAsOnStockOnce('when one literal is used for several properties, and juggler writes into the id property', ({builder}) => {
    const seen: unknown[] = [];
    for (const literal of [
      {id: Number, s: String},
      {id: Number, s: String, updateOnly: String},
    ]) {
      const Model: any = builder.define(`Order${seen.length}`, {a: literal, b: literal, c: [literal]}, {forceId: true});
      const {b, c} = new Model({b: {id: 1, s: 2, updateOnly: 3}, c: [{id: 4, updateOnly: 5}]});
      // the first is what juggler writes into
      seen.push([b, c, Object.keys(b.constructor.definition.properties).slice(0, 2)]);
    }
    return seen;
  });

  itIsAsOnStockOnce('when raw properties of one model are used for another model and written to afterwards', ({builder}) => {
    const {rawProperties} = builder.resolveType({s: String, deep: {t: String}}).definition;
    const First = builder.define('First', {to: rawProperties});
    const Model = builder.define('Model', {x: String});
    Model.defineProperty('more', {type: {u: String, deep: {v: String}}});
    const Second = builder.define('Second', {to: Model.definition.rawProperties.more.type});
    Object.assign(rawProperties, {s: Number, more: Number});
    Object.assign(Model.definition.rawProperties.more.type, {u: Number, more: Number});
    return [new First({to: {s: 1, deep: {t: 2}, more: '3'}}), new Second({to: {u: 1, deep: {v: 2}, more: '3'}})];
  });

  itIsAsOnStockOnce('when a replaced define writes to the properties of a model built from a document', ({builder}) => {
    builder.define('Foo', {x: Number});
    const {define} = builder;
    builder.define = function (this: any, name: string, properties: any, ...rest: unknown[]) {
      if (name === 'Order') properties.a.c = 'Foo';
      return define.call(this, name, properties, ...rest);
    };
    try {
      const Order = builder.buildModelFromInstance('Order', {a: {b: 'x', c: 'y'}});
      return [new Order({a: {b: 1, c: {x: '2'}}}), Order.definition.properties.a.type.definition.properties.c.type];
    } finally {
      delete builder.define;
    }
  });

  itIsAsOnStockOnce(
    'when a nested object of a document must be made at once, because it is part of the raw properties',
    ({builder}) => {
      const Order = builder.buildModelFromInstance('Order', {
        e: {required: {a: 1}, deep: {b: 'x'}},
        f: {id: {generated: true, id: 3}},
      });
      const {rawProperties, properties} = Order.definition;
      return [rawProperties.e === properties.e.type.definition.rawProperties, rawProperties];
    },
  );

  /** Each makes raw properties reachable at once. A later write to them must change no class. */
  const shown: Record<string, (side: Side) => [Model: any, raw: any]> = {
    defineProperty: ({builder}) => {
      const Model = builder.define('Customer', {x: String});
      Model.defineProperty('more', {type: properties()});
      return [Model, Model.definition.rawProperties.more.type];
    },
    extendModel: ({builder}) => {
      const Model = builder.define('Customer', {x: String});
      builder.extendModel('Customer', {more: properties()});
      return [Model, Model.definition.rawProperties.more];
    },
    'defineProperty of an embedded class': ({builder}) => {
      const Model = builder.define('Customer', {more: {x: String}});
      const Part = Model.definition.properties.more.type;
      for (const [name, property] of Object.entries(properties())) Part.defineProperty(name, property);
      return [Model, Part.definition.rawProperties];
    },
    'a mixin': ({builder}) => {
      builder.mixins.define('Nothing', () => {});
      const Model = builder.define('Customer', {more: properties()}, {mixins: {Nothing: true}});
      return [Model, Model.definition.rawProperties.more];
    },
    excludeBaseProperties: ({builder}) => {
      const Model = builder.define('Customer', {more: properties()}, {excludeBaseProperties: ['x']});
      return [Model, Model.definition.rawProperties.more];
    },
    'a named type in the nested object': ({builder}) => {
      builder.define('Address', {street: String});
      const Model = builder.define('Customer', {more: {...properties(), at: 'Address'}});
      return [Model, Model.definition.rawProperties.more];
    },
    'a generated id in the nested object': ({builder}) => {
      const Model = builder.define('Customer', {more: {...properties(), id: {type: Number, id: true, generated: true}}});
      return [Model, Model.definition.properties.more.type.definition.rawProperties];
    },
    resolveType: ({builder}) => {
      const Part = builder.resolveType(properties());
      return [builder.define('Customer', {more: Part}), Part.definition.rawProperties];
    },
  };
  for (const [title, make] of Object.entries(shown)) {
    itIsAsOnStockOnce(`when raw properties are written to that were reachable at once, by ${title}`, side => {
      const [Model, raw] = make(side);
      raw.a.deep.t = Number;
      raw.a.deep.added = Number;
      raw.a.deep.deeper.u = [String];
      raw.list[0].of.v = {type: Boolean, default: true};
      return [new Model({more: data()}), new Model({more: {...data(), list: [{of: {}}]}})];
    });
  }
});
