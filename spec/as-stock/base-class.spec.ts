import fc from 'fast-check';
import {attempt, itIsAsOnStock, outcome, type Side} from '../support/side-by-side';

/** What is done to a base class while classes are made from it. */
const STEPS: Record<string, (Base: any, side: Side) => unknown> = {
  'a static is added': Base => (Base.mine = 1),
  'a static is changed': Base => (Base.mine = {some: 'object'}),
  'a static is hidden': Base => Object.defineProperty(Base, 'hidden', {value: 1, configurable: true}),
  'a static is computed': Base =>
    Object.defineProperty(Base, 'computed', {get: () => Base.mine ?? 'nothing yet', enumerable: true, configurable: true}),
  'one of juggler’s is replaced': Base => (Base.getPropertyType = () => 'replaced'),
  'one of juggler’s calls the one before': Base => {
    const before = Base.isHiddenProperty;
    Base.isHiddenProperty = function (this: any, name: string) {
      return [this.modelName, before.call(this, name)];
    };
  },
  'a hook is set': Base =>
    (Base.afterInitialize = function (this: any) {
      this.__data.hooked = true;
    }),
  'it hides internal properties': Base => (Base.hideInternalProperties = true),
  'properties are applied': Base => (Base.applyProperties = (data: any) => (data.applied = 1)),
  'a setup is there': Base =>
    (Base.setup = function (this: any) {
      this.wasSetUp = this.modelName;
    }),
  'a method is added': Base => (Base.prototype.mine = () => 'method'),
  'a method is replaced': Base => (Base.prototype.toObject = () => ({replaced: true})),
  'an accessor is added': Base =>
    Object.defineProperty(Base.prototype, 'b', {get: () => 'of the base', set() {}, configurable: true}),
  'something is mixed in': Base => Base.mixin({mixed: 1}),
  'it is validated': Base => Base.validatesPresenceOf('b'),
  'it is observed': Base => Base.observe('access', async (ctx: any) => (ctx.observed = true)),
  'it has getters and setters': Base => (Base.getter = {a: () => 'got'}),
  'it has relations': Base => (Base.relations = {mine: {type: 'hasMany'}}),
};
const MAKE: Record<string, (side: Side, number: number) => any> = {
  'an embedded class': ({builder}, number) =>
    builder.define(`Has${number}`, {part: {a: String}}, {idInjection: false}).definition.properties.part.type,
  'an item': ({builder}, number) =>
    builder.define(`List${number}`, {part: [{a: String, b: Number}]}, {idInjection: false}).definition.properties.part.type[0],
  'a named class': ({builder}, number) => builder.define(`Named${number}`, {a: String}),
};

/** An embedded class does not notice it: the same structure finds the class with the static. */
const OF_NAMED: typeof STEPS = {...STEPS, 'a static is deleted': Base => delete Base.mine};

/** What a class has of its base. */
async function look(Model: any): Promise<unknown> {
  const names = [
    'mine',
    'hidden',
    'computed',
    'mixed',
    'setup',
    'wasSetUp',
    'validations',
    '_mixins',
    'getter',
    'relations',
    '_observers',
    'hideInternalProperties',
  ];
  const ctx = {};
  return [
    names.map(name => [name, Model[name], name in Model]),
    outcome(() => [
      Model.getPropertyType('a'),
      Model.isHiddenProperty('a'),
      typeof Model.afterInitialize,
      typeof Model.applyProperties,
    ]),
    outcome(() => new Model({a: 1})),
    outcome(() => [new Model({a: 1}).toObject(), new Model({a: 1}).b, new Model({}).mine?.(), new Model({}).a]),
    await attempt(() => new Promise(resolve => new Model({}).isValid(resolve))),
    await attempt(async () => (await Model.notifyObserversOf('access', ctx), ctx)),
  ];
}

const making = sequences(STEPS);

function sequences(steps: typeof STEPS): fc.Arbitrary<string[]> {
  const make = fc.constantFrom(...Object.keys(MAKE));
  return fc.array(fc.oneof(fc.constantFrom(...Object.keys(steps)), make), {minLength: 2, maxLength: 10});
}

/** Makes classes and changes their base in between; all are looked at in the end. */
async function run(side: Side, Base: any, steps: string[]): Promise<unknown> {
  const made: [string, any][] = [];
  for (const [index, step] of steps.entries()) {
    if (step in MAKE) made.push([step, MAKE[step](side, index)]);
    else STEPS[step](Base, side);
  }
  const seen = [];
  for (const [step, Model] of made) seen.push([step, await look(Model)]);
  return [seen, made.map(([, Model]) => Model.base === Base)];
}

describe('A class takes the members of its base at the same time as in juggler', () => {
  itIsAsOnStock('from the base class of the builder', making, (side, steps) => {
    const Base = (side.builder.defaultModelBaseClass = side.builder.define('Base', {}, {idInjection: false}));
    return run(side, Base, steps);
  });

  itIsAsOnStock(
    'from base classes of the builder that replace each other',
    fc.tuple(making, making),
    async (side, [first, second]) => {
      const results = [];
      for (const [index, steps] of [first, second, first].entries()) {
        const Base = (side.builder.defaultModelBaseClass = side.builder.define(`Base${index}`, {}, {idInjection: false}));
        results.push(await run(side, Base, steps));
      }
      return results;
    },
  );

  itIsAsOnStock('from juggler’s own base class', making, async (side, steps) => {
    const Base = side.juggler.ModelBaseClass;
    const before = [Base, Base.prototype].map(place => [place, Object.getOwnPropertyDescriptors(place)]);
    const mixins = [...Base._mixins];
    // what is added to lists that are there would stay in them
    for (const lists of ['_observers', 'validations']) delete Base[lists];
    try {
      return await run(side, Base, steps);
    } finally {
      for (const [place, descriptors] of before) {
        for (const name of Object.getOwnPropertyNames(place)) if (!(name in descriptors)) delete place[name];
        Object.defineProperties(place, descriptors);
      }
      Base._mixins.splice(0, Infinity, ...mixins);
    }
  });

  itIsAsOnStock('from a model that other models extend', sequences(OF_NAMED), async (side, steps) => {
    const Base = side.builder.define('Base', {b: Number});
    const made: any[] = [];
    for (const [index, step] of steps.entries()) {
      if (step in MAKE) made.push(Base.extend(`Sub${index}`, {a: String, part: {b: String}}));
      else OF_NAMED[step](Base, side);
    }
    const seen = [];
    for (const Model of made) seen.push(await look(Model));
    return seen;
  });
});
