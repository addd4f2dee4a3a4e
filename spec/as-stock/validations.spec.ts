import fc from 'fast-check';
import {models, records} from '../support/random-models';
import {
  attempt,
  classesOf,
  copyOf,
  itIsAsOnStock,
  itIsAsOnStockOnce,
  oneOfClasses,
  outcome,
  type Side,
} from '../support/side-by-side';

const define = ({builder}: Side, {name, properties, settings}: any) => builder.define(name, properties, settings);

/** Each validation that juggler has, on the property `a`. */
const VALIDATIONS: Record<string, (Model: any) => unknown> = {
  presence: Model => Model.validatesPresenceOf('a', 'name'),
  'presence with a message': Model => Model.validatesPresenceOf('a', {message: 'is needed'}),
  absence: Model => Model.validatesAbsenceOf('a', {if: 'b'}),
  length: Model => Model.validatesLengthOf('a', {min: 2, max: 3, message: {min: 'short', max: 'long'}}),
  numericality: Model => Model.validatesNumericalityOf('a', {int: true}),
  inclusion: Model => Model.validatesInclusionOf('a', {in: ['x', 17]}),
  exclusion: Model => Model.validatesExclusionOf('a', {in: ['x', 17], allowNull: true}),
  format: Model => Model.validatesFormatOf('a', {with: /^\d+$/, allowBlank: true}),
  date: Model => Model.validatesDateOf('a', {message: 'is no date'}),
  custom: Model =>
    Model.validate(
      'a',
      function (this: any, error: () => void) {
        if (this.a !== 1) error();
      },
      {message: 'is not one', code: 'one'},
    ),
  'for the whole': Model => Model.validate('whole', (error: () => void) => error(), {message: 'never'}),
  unless: Model =>
    Model.validatesPresenceOf('a', {
      unless: function (this: any) {
        return Boolean(this.b);
      },
    }),
  asynchronous: Model =>
    Model.validateAsync(
      'a',
      function (this: any, error: (kind?: string) => void, done: () => void) {
        if (this.a === undefined) error('none');
        setImmediate(done);
      },
      {message: {none: 'is not there'}},
    ),
};
const validations = fc.subarray(Object.keys(VALIDATIONS), {maxLength: 4});

/** Valid or not, and why, by a return value, a callback and an error. */
async function verdict(instance: any, data?: object): Promise<unknown> {
  const answered: unknown[] = [];
  const returned = outcome(() => instance.isValid(undefined, data));
  const before = outcome(() => errors(instance));
  const called = await attempt(
    () =>
      new Promise<void>(resolve => {
        const valid = (valid: unknown) => {
          answered.push(valid);
          resolve();
        };
        answered.push(instance.isValid(valid, data));
      }),
  );
  const {ValidationError} = instance.constructor.base;
  return [
    returned,
    before,
    called,
    answered,
    outcome(() => errors(instance)),
    ValidationError,
    outcome(() => instance.toObject()),
  ];
}

function errors({errors}: any): unknown {
  return errors && [{...errors}, errors.codes, JSON.stringify(errors)];
}

async function each(model: any, observe: (Model: any) => Promise<unknown>): Promise<unknown> {
  const seen = [];
  for (const [path, Model] of Object.entries(classesOf(model))) seen.push([path, await observe(Model)]);
  return seen;
}

describe('A class validates as in juggler', () => {
  itIsAsOnStock('by the rules of its definition', fc.tuple(models, records), (side, [model, data]) =>
    each(define(side, model), async Model => {
      const instance = outcome(() => new Model(copyOf(data)));
      return instance.has('.thrown') ? instance : verdict(new Model(copyOf(data)));
    }),
  );

  itIsAsOnStock(
    'by rules that are added later',
    fc.tuple(models, fc.array(records, {minLength: 1, maxLength: 3}), validations, fc.nat()),
    async (side, [model, data, kinds, index]) => {
      const Model = oneOfClasses(define(side, {...model, properties: {a: 'any', ...model.properties}}), index);
      const before = [Model.validations, 'validations' in Model];
      const added = kinds.map(kind => outcome(() => VALIDATIONS[kind](Model)));
      const verdicts = [];
      for (const each of data) verdicts.push(await verdict(new Model(each)).catch((error: Error) => error.message));
      return [before, added, verdicts, Model.validations, Object.keys(Model).includes('validations')];
    },
  );

  itIsAsOnStock(
    'by rules that are added to its base class before and after it is defined',
    fc.tuple(records, validations, validations),
    async ({builder}, [data, first, second]) => {
      const Base = builder.define('Base', {a: 'any', part: {a: String}});
      for (const kind of first) VALIDATIONS[kind](Base);
      const Sub = Base.extend('Sub', {b: {type: String, required: true}});
      for (const kind of second) VALIDATIONS[kind](Base);
      Sub.validatesLengthOf('b', {min: 2});
      return [await verdict(new Base(copyOf(data))), await verdict(new Sub(copyOf(data))), Base.validations, Sub.validations];
    },
  );

  itIsAsOnStock('by the rules of the builder’s base class', fc.tuple(records, validations), async ({builder}, [data, kinds]) => {
    const Base = builder.define('Base', {a: 'any'}, {idInjection: false});
    for (const kind of kinds) VALIDATIONS[kind](Base);
    builder.defaultModelBaseClass = Base;
    const Model = builder.define('Order', {part: {a: String, deep: {a: {type: Number, required: true}}}});
    return each(Model, async Class => [await verdict(new Class(copyOf(data))), Class.validations]);
  });

  itIsAsOnStockOnce('with the messages and codes of each validation', async ({builder}) => {
    const results: unknown[] = [];
    for (const [kind, add] of Object.entries(VALIDATIONS)) {
      const Model = builder.define('Order', {part: {a: 'any', b: 'any', [`only${kind}`]: String}}).definition.properties.part
        .type;
      add(Model);
      for (const a of [undefined, null, '', 'x', 'xxxx', 1, 17, NaN, new Date(NaN)]) {
        for (const b of [0, 1]) results.push([kind, a, b, await verdict(new Model({a, b}))]);
      }
    }
    return results;
  });

  itIsAsOnStockOnce('with conditions that are methods of the class', async ({builder}) => {
    const Model = builder.define('Order', {part: {a: {type: String, required: true}, born: Date}}).definition.properties.part
      .type;
    Model.prototype.isNewRecord = () => true;
    Model.prototype.isBusy = function (this: any) {
      return this.a === 'busy';
    };
    Model.validatesAbsenceOf('a', {if: 'isNewRecord', unless: 'isBusy', message: 'must not be'});
    return [await verdict(new Model({a: 'x', born: 'never'})), await verdict(new Model({a: 'busy', born: '2020-01-01'}))];
  });

  itIsAsOnStockOnce('and the ValidationError is the same', async ({newDataSource}) => {
    const Model = newDataSource().define('Order', {a: {type: String, required: true}, part: {b: String}}, {validateUpdate: true});
    Model.validatesLengthOf('part', {min: 3});
    const error = await Model.create({part: {b: 'c'}}).catch((error: unknown) => error);
    const many = await Model.create([{}, {a: 'x'}]).catch((error: unknown) => error);
    return [error.name, error.message, error.statusCode, error.details, error.toString(), many.map((one: any) => one?.message)];
  });
});
