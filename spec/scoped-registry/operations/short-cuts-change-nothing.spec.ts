import {expect} from 'chai';
import fc from 'fast-check';
import juggler from 'loopback-datasource-juggler';
import {DataSource, forJuggler, ModelRegistry, type Juggler} from '../../../lib/index';
import {isUnobserved} from '../../../lib/scoped-registry/operations/observer-shortcut';
import {assertProperty} from '../../support/assert-property';
import {nextJob} from '../../support/live-classes';
import type {AnyModel} from '../../support/service';

const MAJORS = ['juggler-3', 'juggler-4', 'juggler-5', 'juggler-6', 'loopback-datasource-juggler'];

const PROPERTIES = () => ({name: String, n: Number, ok: Boolean, at: Date, tags: [String], part: {street: String}, any: 'any'});

function ours(settings: object = {}, {DataSource: Scoped} = {DataSource}): AnyModel {
  const dataSource = new Scoped({connector: 'memory', modelRegistry: {registry: new ModelRegistry()}});
  return dataSource.createModel('Customer', PROPERTIES(), settings);
}

function stock(settings: object = {}, {DataSource: Stock} = juggler): AnyModel {
  return new Stock({connector: 'memory'}).createModel('Customer', PROPERTIES(), settings);
}

/** What a call comes to: its result, what it made of its argument, and its error. */
function outcome(work: (value: unknown) => unknown, value: unknown): object {
  try {
    const result = work(value);
    return {result, isSame: result === value, value};
  } catch (error) {
    const {message, code, statusCode} = error as Error & {code?: string; statusCode?: number};
    return {message, code, statusCode, value};
  }
}

/** juggler writes into what it is given. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof RegExp) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) copy[key] = copyOf(item);
  return copy;
}

describe('Short cuts that skip code of juggler', () => {
  for (const major of MAJORS) {
    it(`are taken in ${major}`, () => {
      const copy = require(major) as Juggler & {ModelBaseClass: AnyModel};
      const Model = ours({}, forJuggler(copy));
      for (const name of ['_sanitizeData', '_sanitizeQuery']) expect(Model[name], name).to.not.equal(copy.ModelBaseClass[name]);
      expect(isUnobserved(Model, 'access')).to.equal(true);
      let hooks = 0;
      // juggler makes up a name for each kind of hook, and looks for it
      const looking = new Proxy(Model, {
        get: (target, name) => ((hooks += Number(name === 'preSave')), Reflect.get(target, name)),
      });
      Model.prototype.trigger.call({constructor: looking}, 'save', () => {});
      expect(hooks).to.equal(1);
    });
  }

  const leaf = fc.oneof(
    fc.constantFrom(undefined, null, true, false, NaN, '', 'x', '5', '[x', 0, 5, new Date(0), /x/),
    fc.constantFrom(
      [],
      {},
      [1, 'x'],
      {0: 'a'},
      {inq: ['a', 5]},
      {between: [1]},
      {like: '[x'},
      {regexp: '[x'},
      {regexp: 'x'},
      {gt: '5'},
      {$x: 1},
    ),
    fc.constantFrom({neq: 'x'}, {gt: 0, lt: 5}, {lt: 5, options: 'i'}, {neq: null}, {gte: undefined}, {lte: true}),
  );
  const keys = [
    'name',
    'n',
    'ok',
    'at',
    'tags',
    'part',
    'any',
    'street',
    'like',
    'regexp',
    'constructor',
    'toString',
    'none',
    '0',
    '1',
  ];
  const object = fc.letrec(tie => ({
    value: fc.oneof({maxDepth: 4}, leaf, leaf, tie('object'), fc.array(tie('value'), {maxLength: 3})),
    object: fc.dictionary(fc.constantFrom(...keys, 'and', 'or', 'nor', 'secret'), tie('value'), {maxKeys: 4}),
  })).object;
  const options = fc.constantFrom<object | undefined>(
    ...[undefined, {}, {maxDepth: 1}, {maxDepthOfData: 2}, {maxDepthOfQuery: 1}, {prohibitedKeys: ['name']}],
    ...[{normalizeUndefinedInQuery: 'nullify'}, {normalizeUndefinedInQuery: 'throw'}, {prohibitHiddenPropertiesInQuery: true}],
  );
  const examples: [Record<string, unknown>, undefined][] = [
    // what follows an index that is taken out juggler 4 passes over
    [{0: undefined, name: undefined}, undefined],
    [{name: {regexp: '[x'}}, undefined],
  ];
  for (const [major, method] of MAJORS.flatMap(major => ['_sanitizeData', '_sanitizeQuery'].map(one => [major, one]))) {
    it(`have the same result as ${method} in ${major}`, async () => {
      const settings = {hidden: ['secret']};
      const copy = require(major);
      const [one, other] = [ours(settings, forJuggler(copy as Juggler)), stock(settings, copy)];
      const {error, warn} = console;
      console.error = console.warn = () => {};
      try {
        await assertProperty(
          fc.property(object, options, (value, given) => {
            const [mine, theirs] = [one, other].map(Model =>
              outcome(argument => Model[method](argument, copyOf(given)), copyOf(value)),
            );
            expect(mine).to.deep.equal(theirs);
          }),
          200,
          {examples},
        );
      } finally {
        Object.assign(console, {error, warn});
      }
    });
  }

  it('refuse circular data and too deep data, as juggler does', () => {
    const circular: Record<string, unknown> = {a: 1};
    circular.self = circular;
    let deep: object = {a: 1};
    for (let depth = 0; depth < 70; depth++) deep = {deep};
    for (const method of ['_sanitizeData', '_sanitizeQuery']) {
      expect(() => ours()[method](circular))
        .to.throw()
        .with.property('code', 'QUERY_OBJECT_IS_CIRCULAR');
      expect(() => ours()[method](deep))
        .to.throw()
        .with.property('code', 'QUERY_OBJECT_TOO_DEEP');
      expect(() => ours({maxDepthOfData: 1, maxDepthOfQuery: 1})[method]({a: {b: 1}})).to.throw('exceeds maximum depth 1');
    }
  });

  it('skip no observer: of the model, of its base class, of a list of operations, or one that is added later', async () => {
    const Model = ours();
    const Base = Model.base;
    const seen: string[] = [];
    const note = (name: string) => async () => void seen.push(name);
    await Model.find();
    Model.observe('access', note('own'));
    Base.observe('access', note('base'));
    try {
      await Model.find();
      await new Promise(done => Model.notifyObserversOf(['access', 'loaded'], {}, done));
      expect(seen).to.deep.equal(['base', 'own', 'base', 'own']);
      Model.clearObservers('access');
      await Model.find();
      expect(seen).to.have.lengthOf(5);
    } finally {
      Base.clearObservers('access');
    }
  });

  it('skip no replacement of juggler’s methods, made earlier or later', async () => {
    const seen: string[] = [];
    const Base = (juggler as AnyModel).ModelBaseClass;
    const replacing = (place: AnyModel, name: string) => {
      const method = place[name];
      place[name] = function (...args: unknown[]) {
        seen.push(name);
        return method.apply(this, args);
      };
      return () => (place[name] = method);
    };
    const STATICS = ['notifyObserversOf', '_notifyBaseObservers', '_sanitizeData', '_sanitizeQuery'];
    const work = async (Model: AnyModel) => {
      seen.length = 0;
      await Model.create({name: 'x', part: {street: 'y'}});
      await Model.updateAll({name: 'x'}, {n: 1});
      return [...new Set(seen)].sort();
    };
    const restore = [...STATICS.map(name => replacing(Base, name)), replacing(Base.prototype, 'trigger')];
    try {
      expect(await work(ours())).to.deep.equal([...STATICS, 'trigger'].sort());
    } finally {
      restore.forEach(undo => undo());
    }
    const Model = ours();
    const undo = replacing(Base, 'notifyObserversOf');
    try {
      expect(await work(Model)).to.deep.equal(['notifyObserversOf']);
    } finally {
      undo();
    }
  });

  it('call every deprecated hook (beforeCreate and the like)', async () => {
    const called = async (Model: AnyModel, hook: string) => {
      const seen: unknown[] = [];
      Model[hook] = (next?: () => void) => (seen.push(hook), next?.());
      const one = await Model.create({name: 'x'});
      await one.updateAttributes({name: 'y'});
      await one.destroy();
      one.trigger('toString', (next: (done: () => void) => void) => next(() => seen.push('an action of user code')));
      return seen;
    };
    const actions = ['Initialize', 'Validate', 'Validation', 'Create', 'Save', 'Update', 'Destroy'];
    for (const hook of actions.flatMap(action => ['before', 'pre', 'after', 'post'].map(prefix => prefix + action)))
      expect(await called(ours(), hook), hook).to.deep.equal(await called(stock(), hook));
  });

  it('end with the registry: a callback that comes later is not called', async () => {
    const registry = new ModelRegistry();
    const dataSource = new DataSource({connector: 'memory', modelRegistry: {registry}}) as any;
    const Model = dataSource.createModel('Customer', {name: String});
    const one = new Model({name: 'x'});
    const seen: string[] = [];
    let goOn: (done: () => void) => void = () => {};
    one.trigger('save', (next: typeof goOn) => (goOn = next));
    registry.dispose();
    goOn.call(one, () => seen.push('done'));
    await nextJob();
    expect(seen).to.deep.equal([]);
  });
});
