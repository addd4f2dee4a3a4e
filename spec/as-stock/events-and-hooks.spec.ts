import {EventEmitter} from 'node:events';
import fc from 'fast-check';
import {models, records} from '../support/random-models';
import {attempt, copyOf, itIsAsOnStock, itIsAsOnStockOnce, oneOfClasses, outcome, type Side} from '../support/side-by-side';

const define = ({builder}: Side, {name, properties, settings}: any) => builder.define(name, properties, settings);
/** An embedded class, whose structure no other has. */
const embedded = ({builder}: Side) => builder.define('Order', {part: {a: String}}).definition.properties.part.type;
const named = ({builder}: Side) => builder.define('Customer', {a: String});

/** What may be done to an emitter, in any order. */
const STEPS: Record<string, (emitter: any, log: (...what: unknown[]) => void) => unknown> = {
  on: (emitter, log) => void emitter.on('e', (...args: unknown[]) => log('on', ...args)),
  'on, detached': ({on}, log) => void on('e', (...args: unknown[]) => log('detached', ...args)),
  addListener: (emitter, log) => void emitter.addListener('e', () => log('added')),
  once: (emitter, log) => void emitter.once('e', (...args: unknown[]) => log('once', ...args)),
  'prepended, once': (emitter, log) => void emitter.prependOnceListener('e', () => log('prepended once')),
  prepended: (emitter, log) => void emitter.prependListener('f', () => log('prepended')),
  chained: (emitter, log) =>
    emitter
      .on('e', () => log('first'))
      .on('f', () => log('second'))
      .listenerCount('f'),
  emit: emitter => emitter.emit('e', 1, 2),
  'emit, detached': ({emit}) => emit('f', 3),
  'emit, as a method of another': ({emit}) => emit.call({}, 'e', 4),
  'emit without listeners': emitter => emitter.emit('nothing'),
  'emit error': emitter => emitter.emit('error', new Error('as it is')),
  listenerCount: emitter => [emitter.listenerCount('e'), emitter.listenerCount('f')],
  listeners: emitter => [emitter.listeners('e').length, emitter.rawListeners('f').length],
  eventNames: emitter => emitter.eventNames(),
  getMaxListeners: emitter => emitter.getMaxListeners(),
  setMaxListeners: emitter => void emitter.setMaxListeners(50),
  removeAllListeners: emitter => void emitter.removeAllListeners('e'),
  'removeAllListeners, of all': emitter => void emitter.removeAllListeners(),
  'a listener that is removed': (emitter, log) => {
    const listener = () => log('removed');
    emitter.on('e', listener);
    emitter.off('e', listener);
  },
  'a listener that listens': (emitter, log) => void emitter.on('newListener', (name: string) => log('new', name)),
};
const steps = fc.array(fc.constantFrom(...Object.keys(STEPS)), {maxLength: 12});

describe('A class emits events as in juggler', () => {
  itIsAsOnStock('for any sequence of steps', fc.tuple(models, steps, fc.nat()), (side, [model, steps, index]) => {
    const Model = oneOfClasses(define(side, model), index);
    const log: unknown[] = [];
    return [steps.map(step => outcome(() => STEPS[step](Model, (...what) => log.push(what)))), log];
  });

  itIsAsOnStock('and its listeners hear events of no other class', fc.tuple(models, steps), (side, [model, steps]) => {
    const Model = define(side, {...model, name: 'One'});
    const Other = define(side, {...model, name: 'Other', properties: {...model.properties, more: Number}});
    for (const step of steps) outcome(() => STEPS[step](Model, () => {}));
    return [Other.eventNames(), Other.listenerCount('e'), Other.emit('e'), side.juggler.ModelBaseClass.emit === undefined];
  });

  itIsAsOnStockOnce('each method of EventEmitter is bound to the class, however it is called', side =>
    [embedded(side), named(side)].map(Model => {
      const names = Object.keys(EventEmitter.prototype).filter(
        name => typeof (EventEmitter.prototype as any)[name] === 'function',
      );
      const {on, emit, listenerCount} = Model;
      const heard: unknown[] = [];
      on('e', function (this: any, value: unknown) {
        heard.push(value, this === Model, this instanceof EventEmitter);
      });
      emit('e', 'detached');
      return [
        names.map(name => [name, typeof Model[name], Model[name] === Model[name]]),
        heard,
        listenerCount('e'),
        on === Model.on,
      ];
    }),
  );

  itIsAsOnStockOnce('33 listeners cause a warning, 32 do not', async side => {
    const warnings: unknown[] = [];
    const listener = (warning: any) => warnings.push([warning.name, warning.count]);
    process.on('warning', listener);
    for (const Model of [embedded(side), named(side)]) {
      for (let i = 0; i < 32; i++) Model.on('e', () => {});
      await new Promise(resolve => setImmediate(resolve));
      warnings.push('32');
      Model.on('e', () => {});
      await new Promise(resolve => setImmediate(resolve));
    }
    process.off('warning', listener);
    return warnings;
  });

  itIsAsOnStockOnce('when the class is defined, attached and gets data access methods', side => {
    const heard: unknown[] = [];
    const Model = side.builder.getModel('Later', true);
    for (const event of ['defined', 'dataSourceAttached', 'dataAccessConfigured', 'attached'])
      Model.on(event, (argument: any) => heard.push([event, argument === Model, argument]));
    side.builder.define('Later', {a: String, part: {b: String}});
    Model.attachTo(side.newDataSource());
    Model.definition.properties.part.type.on('dataSourceAttached', () => heard.push('part'));
    Model.definition.properties.part.type.attachTo(side.newDataSource());
    return heard;
  });

  itIsAsOnStockOnce('a subclass has its own listeners', side =>
    [embedded(side), named(side)].map(Model => {
      const heard: unknown[] = [];
      Model.on('e', () => heard.push('base'));
      const Sub = Model.extend('Sub');
      Sub.on('e', () => heard.push('sub'));
      Sub.emit('e');
      Model.emit('e');
      return [heard, Sub.emit === Model.emit, Sub.getMaxListeners()];
    }),
  );
});

describe('Observers of a class are called as in juggler', () => {
  const operations: Record<string, (Model: any, log: (...what: unknown[]) => void) => unknown> = {
    observe: (Model, log) => Model.observe('access', async (ctx: any) => log('observer', ctx.at)),
    'observe with a callback': (Model, log) =>
      Model.observe('access', (ctx: any, next: () => void) => (log('called', ctx.at), next())),
    'observe, detached': ({observe}, log) => observe('access', async () => log('nobody')),
    'observe the base': (Model, log) => Model.base.observe?.('access', async (ctx: any) => log('base', ctx.at)),
    'observe and remove': (Model, log) => {
      const observer = async () => log('removed');
      Model.observe('access', observer);
      Model.removeObserver('access', observer);
    },
    clear: Model => Model.clearObservers('access'),
    notify: Model => Model.notifyObserversOf('access', {at: 'one'}),
    'notify several': Model => Model.notifyObserversOf(['access', 'loaded'], {at: 'several'}),
    'notify the base': Model => Model.notifyBaseObservers('access', {at: 'the base'}),
    'notify with a callback': Model =>
      new Promise(resolve => Model.notifyObserversOf('access', {at: 'callback'}, (...args: unknown[]) => resolve(args))),
    around: (Model, log) =>
      new Promise(resolve =>
        Model.notifyObserversAround(
          'execute',
          {at: 'around'},
          (ctx: any, done: (...args: unknown[]) => void) => (log('work'), done(null, ctx.at)),
          (...args: unknown[]) => resolve(args),
        ),
      ),
    'an observer that fails': Model => Model.observe('loaded', async () => Promise.reject(new Error('not now'))),
    observers: Model => [Model._observers, Object.keys(Model).includes('_observers')],
  };

  itIsAsOnStock(
    'for any sequence of steps',
    fc.tuple(models, models, fc.array(fc.constantFrom(...Object.keys(operations)), {maxLength: 8}), fc.nat()),
    async (side, [base, model, steps, index]) => {
      side.builder.defaultModelBaseClass = define(side, {...base, name: 'Base'});
      const Model = oneOfClasses(define(side, model), index);
      const log: unknown[] = [];
      const seen = [];
      for (const step of steps) seen.push([step, await attempt(() => operations[step](Model, (...what) => log.push(what)))]);
      return [seen, log];
    },
  );

  itIsAsOnStockOnce('for operations of its subclasses too, and not of other classes', async side => {
    const log: string[] = [];
    const results = [];
    for (const Model of [embedded(side), named(side)]) {
      const Sub = Model.extend('Sub');
      const Other = side.builder.define('Other', {part: {other: String}}).definition.properties.part.type;
      Model.observe('access', async () => void log.push('model'));
      Sub.observe('access', async () => void log.push('sub'));
      await Sub.notifyObserversOf('access', {});
      await Other.notifyObserversOf('access', {});
      results.push([Sub._observers, Model._observers, Other._observers, side.juggler.ModelBaseClass._observers]);
    }
    return [log, results];
  });
});

describe('Hooks of a class are called as in juggler', () => {
  const HOOKS = [
    'afterInitialize',
    'beforeValidate',
    'afterValidate',
    'beforeValidation',
    'preValidate',
    'beforeOwn',
    'afterOwn',
    'postOwn',
  ];

  itIsAsOnStock(
    'for each operation, with the instance as this',
    fc.tuple(models, records, fc.subarray(HOOKS), fc.nat()),
    async (side, [model, data, hooks, index]) => {
      const Model = oneOfClasses(define(side, model), index);
      const log: unknown[] = [];
      const before = HOOKS.map(hook => [hook, Model[hook], hook in Model]);
      for (const hook of hooks) {
        Model[hook] = function (this: any, next?: () => void) {
          log.push([hook, this instanceof Model, this.__data]);
          if (typeof next === 'function') next();
        };
      }
      const made = outcome(() => new Model(copyOf(data)));
      if (made.has('.thrown')) return [before, made];
      const instance = new Model(data);
      const trigger = outcome(() => {
        instance.trigger('own', (next: (done: () => void) => void) => (log.push('work'), next(() => log.push('done'))), {});
      });
      const validated = await attempt(() => new Promise(resolve => instance.isValid(resolve)));
      return [
        before,
        trigger,
        validated,
        log.map(each => outcome(() => each)),
        HOOKS.map(hook => typeof side.juggler.ModelBaseClass[hook]),
      ];
    },
  );

  itIsAsOnStockOnce('for operations of a datasource too', async side => {
    const Model = side.newDataSource().define('Order', {a: String, part: {b: String}});
    const log: string[] = [];
    for (const hook of ['Create', 'Save', 'Update', 'Destroy', 'Validate']) {
      for (const when of ['before', 'after']) Model[when + hook] = (next: () => void) => (log.push(when + hook), next());
    }
    const order = await Model.create({a: '1', part: {b: 2}});
    await order.updateAttributes({a: '2'});
    await order.save();
    await order.destroy();
    return log;
  });
});
