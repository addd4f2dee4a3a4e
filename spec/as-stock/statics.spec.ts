import fc from 'fast-check';
import {models} from '../support/random-models';
import {classesOf, itIsAsOnStock, oneOfClasses, outcome, type Side} from '../support/side-by-side';

/** What juggler makes for a class without listing it in for-in, or only when it is needed. */
const HIDDEN = [
  ...[
    'modelName',
    'modelBuilder',
    'dataSource',
    'pluralModelName',
    'relations',
    'http',
    'base',
    '_observers',
    '_warned',
    'super_',
  ],
  ...['validations', '_validations', 'scopes', '_scopeMeta', '_mixins', 'name', 'length', 'prototype'],
];
const EXTENDED = ['definition', 'settings', 'getter', 'setter', 'extend', 'forEachProperty', 'attachTo', 'registerProperty'];

/** Statics of juggler's base class that code replaces in practice. */
const REPLACED = ['emit', 'toString', 'mixin', 'getPropertyType', 'defineProperty', 'observe', 'validatesPresenceOf', '__rank'];

/** All that is read of a class is a kind, or a value where it is data: whether it is own or inherited may differ. */
function statics(Model: any): object {
  const listed = [];
  for (const name in Model) listed.push(name);
  const names = [...new Set([...listed, ...HIDDEN, ...Object.getOwnPropertyNames(Model.base), 'nothing'])].sort();
  return {
    listed: listed.sort(),
    present: names.filter(name => name in Model),
    values: names.map(name => [name, kind(Model[name])]),
    source: String(Model).startsWith('function '),
    base: Model.base === Model.super_,
  };
}

/** Data as it is, except for what has a spec of its own. */
function kind(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'rawProperties' in value ? 'a definition' : value;
}

const define = ({builder}: Side, {name, properties, settings}: any) => builder.define(name, properties, settings);
const each = (model: any, observe: (Model: any) => unknown) =>
  Object.entries(classesOf(model)).map(([path, Model]) => [path, outcome(() => observe(Model))]);

describe('The statics of a class are those that juggler gives it', () => {
  itIsAsOnStock('for-in lists the same, and each has the same kind or value', models, (side, model) =>
    each(define(side, model), statics),
  );

  itIsAsOnStock('on a placeholder, and on the class that fills it in', models, (side, model) => {
    const placeholder = side.builder.getModel(model.name, true);
    const before = [
      placeholder.modelName,
      placeholder.name,
      placeholder.settings,
      placeholder.definition,
      outcome(() => new placeholder()),
    ];
    const Model = define(side, model);
    return [before, Model === placeholder, each(Model, statics), outcome(() => new Model({}))];
  });

  itIsAsOnStock(
    'each can be replaced, which changes that class alone',
    fc.tuple(models, fc.constantFrom(...REPLACED, ...HIDDEN.slice(0, 16), ...EXTENDED)),
    (side, [model, name]) => {
      const write = (Model: any) => {
        'use strict';
        const before = Model[name];
        Model[name] = 'replaced';
        const after = [
          Model[name],
          name in Model,
          Object.keys(Model).includes(name),
          side.juggler.ModelBaseClass[name] === 'replaced',
        ];
        Model[name] = before;
        return [after, Model[name] === before];
      };
      return each(define(side, model), write);
    },
  );

  itIsAsOnStock(
    'each can be redefined by a property descriptor',
    fc.tuple(models, fc.constantFrom(...REPLACED, ...HIDDEN.slice(0, 15), 'mine')),
    (side, [model, name]) =>
      each(define(side, model), Model => {
        const before = Object.getOwnPropertyDescriptor(Model, name);
        Object.defineProperty(Model, name, {get: () => 'computed', configurable: true, enumerable: false});
        const after = [Model[name], Object.keys(Model).includes(name)];
        if (before) Object.defineProperty(Model, name, before);
        else delete Model[name];
        return after;
      }),
  );

  itIsAsOnStock(
    'statics of user code are listed, and a subclass gets them as they are at that moment',
    fc.tuple(models, fc.nat()),
    (side, [model, index]) => {
      const Class = oneOfClasses(define(side, model), index);
      Class.mine = 1;
      Object.defineProperty(Class, 'hidden', {value: 2, enumerable: false, configurable: true});
      const Sub = Class.extend('Sub');
      Class.mine = 3;
      Class.late = 4;
      return [Class.mine, Sub.mine, Sub.hidden, Sub.late, 'late' in Sub, statics(Sub)];
    },
  );

  itIsAsOnStock('the constructor: name, length, call without new, prototype', models, (side, model) =>
    each(define(side, model), Model => {
      const instance = Model({});
      const constructor = Object.getOwnPropertyDescriptor(Model.prototype, 'constructor')!;
      return {
        name: Model.name,
        length: Model.length,
        typeof: typeof Model,
        instanceOf: [instance instanceof Model, instance instanceof side.juggler.ModelBaseClass, instance instanceof Model.base],
        constructor: [
          instance.constructor === Model,
          Model.prototype.constructor === Model,
          constructor.enumerable,
          constructor.writable,
        ],
        isPrototype: Object.getPrototypeOf(instance) === Model.prototype,
        own: Object.getOwnPropertyNames(instance).sort(),
        inherited: [Model.prototype instanceof Model.base, Model.call.length, Model.apply.length, Model.bind.length],
        reflected: Reflect.construct(Model, [{}]) instanceof Model,
        subclass: Reflect.construct(class extends Model {}, [{}]) instanceof Model,
        prototype: Object.getOwnPropertyDescriptor(Model, 'prototype'),
      };
    }),
  );
});
