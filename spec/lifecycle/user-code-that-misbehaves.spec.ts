import {IncomingMessage, ServerResponse} from 'node:http';
import {Socket} from 'node:net';
import {expect} from 'chai';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {TenantRequests} from '../../lib/http/tenant-requests';
import {printed as printedBy} from '../../lib/scoped-registry/errors';
import {FakeClock} from '../support/fake-clock';
import {nextJob} from '../support/live-classes';

const Bluebird = require('bluebird');
const {Memory} = require('loopback-datasource-juggler/lib/connectors/memory');

/** One call of user code. It misbehaves by what it does with these. */
interface Act {
  /** Does what well-behaved code does, and returns what that returns. */
  readonly behave: () => unknown;
  /** The callback of code that answers by one. */
  readonly answer?: (...results: unknown[]) => unknown;
}

const failure = () => new Error('user code has failed');
const unprintable = () => {
  const {proxy, revoke} = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
/** What user code throws in its own second answer reaches itself alone. */
const ignoring = (work: () => unknown) => {
  try {
    work();
  } catch {
    // juggler refuses a second answer so
  }
};
const raise = (error: unknown) => {
  throw error;
};

/** What code does that answers by what it returns. */
const RETURNS: Record<string, (act: Act) => unknown> = {
  throws: () => raise(failure()),
  'throws what cannot be printed': () => raise(unprintable()),
  'throws undefined': () => raise(undefined),
  'returns a promise that is rejected': () => Promise.reject(failure()),
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  'returns a promise that is rejected with what cannot be printed': () => Promise.reject(unprintable()),
  'returns a promise of Bluebird that is rejected': () => Bluebird.reject(failure()),
  'returns a promise that never settles': () => new Promise(() => {}),
  'returns a thenable that answers twice': ({behave}) => {
    const result = behave();
    return {then: (resolve: (value: unknown) => void) => [resolve(result), resolve(result)]};
  },
  'returns a thenable that answers at once and fails later': ({behave}) => {
    const result = behave();
    return {
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve(result);
        setImmediate(reject, failure());
      },
    };
  },
  'returns a thenable that throws': () => ({then: () => raise(failure())}),
  'returns an object whose `then` cannot be read': () => ({
    get then() {
      return raise(failure());
    },
  }),
  'returns a revoked proxy': unprintable,
  'returns a Symbol': () => Symbol('wrong'),
  'returns a number': () => 42,
};

/** What code does that answers by a callback. */
const ANSWERS: Record<string, (act: Act) => unknown> = {
  throws: () => raise(failure()),
  'throws what cannot be printed': () => raise(unprintable()),
  'returns a promise that is rejected, and does not answer': () => Promise.reject(failure()),
  'answers with an error': ({answer}) => answer!(failure()),
  'answers with an error that cannot be printed': ({answer}) => answer!(unprintable()),
  'never answers': () => {},
  'answers twice': ({behave}) => [behave(), ignoring(behave)],
  'answers at once and later': ({behave}) => [behave(), setImmediate(ignoring, behave)],
  'answers, and later with an error': ({behave, answer}) => [
    behave(),
    setImmediate(ignoring, () => answer!(new Error('a late error of user code'))),
  ],
  'answers with an error, and later as if nothing had been': ({behave, answer}) => [
    answer!(failure()),
    setImmediate(ignoring, behave),
  ],
  'answers, and then throws': ({behave}) => [behave(), raise(failure())],
};

/**
 * Where a failure is reported, once: to the caller, in the report that the caller gets, or as a process warning. `nothing`: this behaviour
 * is no failure here. `waits`: the caller waits until the tenant leaves, because the code has no time limit here. `escapes`: juggler lets the
 * error end the process, as on stock, and the caller waits for an answer.
 */
type Outcome = 'caller' | 'report' | 'warning' | 'nothing' | 'waits' | 'escapes' | 'escapes but answers';

interface Place {
  /** Makes the library call the code. */
  readonly call: (world: World) => unknown;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Whether the code answers by a callback. */
  readonly isCalledBack?: true;
}

const all = (behaviours: object, outcome: Outcome) => Object.fromEntries(Object.keys(behaviours).map(name => [name, outcome]));
const starting = (beginnings: string[], outcome: Outcome) =>
  Object.fromEntries(
    Object.keys({...RETURNS, ...ANSWERS})
      .filter(name => beginnings.some(beginning => name.startsWith(beginning)))
      .map(name => [name, outcome]),
  );

/** No caller takes what the code returns: only what fails is reported. */
const untaken = (outcome: Outcome, rejection: Outcome = outcome) => ({
  ...all(RETURNS, 'nothing'),
  ...starting(['throws'], outcome),
  ...starting(['returns a promise that is rejected', 'returns a promise of Bluebird'], rejection),
});
/** The result is awaited, within a time limit. */
const awaited = (outcome: Outcome) => ({
  ...untaken(outcome),
  ...starting(
    ['returns a promise that never', 'returns a thenable that throws', 'returns an object whose', 'returns a revoked'],
    outcome,
  ),
});
/** The result must be a value of one kind, at once. */
const checked = {...all(RETURNS, 'caller')};

/** Every place where the library calls user code. */
const PLACES: Record<string, Place> = {
  isTenant: {
    call: ({registries}) => registries.for('acme'),
    outcomes: {...checked, ...starting(['returns a S', 'returns a number'], 'nothing')},
  },
  currentTenant: {call: ({registries}) => registries.current(), outcomes: checked},
  'an observer of built': {call: ({registries}) => registries.for('acme'), outcomes: untaken('warning')},
  'an observer of state': {call: ({registries}) => registries.suspend('acme'), outcomes: untaken('warning')},
  'an observer of ended': {call: world => world.offboard(), outcomes: untaken('report', 'warning')},
  'the accessor of an observer': {call: ({registries}) => registries.for('acme'), outcomes: starting(['throws'], 'warning')},
  beforeOffboard: {call: world => world.offboard(), outcomes: awaited('report')},
  onOffboard: {call: world => world.offboard(), outcomes: awaited('report')},
  onEnd: {
    call: ({user}) => TenantContext.run('acme', () => TenantContext.current!.onEnd(() => user('onEnd'))),
    outcomes: untaken('warning'),
  },
  onRelease: {
    call({registries, user}) {
      using lease = registries.acquire('acme');
      lease.onRelease(() => user('onRelease'));
    },
    outcomes: untaken('warning'),
  },
  strategy: {
    call: world => world.admit(),
    outcomes: {
      ...checked,
      'returns a promise that never settles': 'waits',
      ...starting(['returns a thenable that answers'], 'nothing'),
    },
  },
  lookUp: {
    call: world => world.admit(),
    outcomes: {...checked, ...starting(['returns a thenable that answers'], 'nothing')},
  },
  prepare: {call: world => world.admit(), outcomes: awaited('caller')},
  create: {call: ({sources}) => sources.get('acme'), outcomes: checked},
  'a getter of a property object': {
    call: world => world.define(),
    outcomes: starting(['throws'], 'caller'),
  },
  connect: {
    isCalledBack: true,
    call: ({sources}) => sources.ensure('acme'),
    outcomes: {
      ...all(ANSWERS, 'nothing'),
      ...starting(['throws', 'returns', 'answers with an error', 'never'], 'caller'),
      'answers, and then throws': 'warning',
    },
  },
  disconnect: {
    isCalledBack: true,
    call: async world => {
      await world.sources.ensure('acme');
      return world.offboard();
    },
    outcomes: {
      ...all(ANSWERS, 'nothing'),
      ...starting(['throws', 'returns', 'answers with an error', 'never'], 'report'),
    },
  },
  'a method of a connector': {
    isCalledBack: true,
    call: world => world.createNote(),
    outcomes: {
      ...all(ANSWERS, 'nothing'),
      ...starting(['answers with an error'], 'caller'),
      ...starting(['throws', 'returns'], 'escapes'),
      'never answers': 'waits',
      'answers, and then throws': 'escapes but answers',
    },
  },
  'a data access method of a connector': {
    call: world => world.count(),
    outcomes: {...awaited('caller'), 'returns a promise that never settles': 'waits'},
  },
  'a hook that returns a promise': {
    call: world => world.createNote(),
    outcomes: {
      ...awaited('caller'),
      // juggler takes that for no error, and calls its own callback a second time
      'throws undefined': 'nothing',
      'returns a thenable that answers twice': 'caller',
      'returns a thenable that answers at once and fails later': 'escapes but answers',
      // a hook that neither returns a promise nor calls back
      ...starting(['returns a promise that never', 'returns a S', 'returns a number'], 'waits'),
    },
  },
  'a hook that calls back': {
    isCalledBack: true,
    call: world => world.createNote(),
    outcomes: {
      ...all(ANSWERS, 'nothing'),
      ...starting(['throws', 'returns', 'answers with an error'], 'caller'),
      'never answers': 'waits',
      'answers, and then throws': 'caller',
    },
  },
  'a validation': {call: world => world.createNote(), outcomes: starting(['throws'], 'escapes')},
  'a listener of a signal': {
    call: world => world.abort(),
    // Node itself lets the error of such a listener end the process
    outcomes: starting(['throws', 'returns a promise that is rejected', 'returns a promise of Bluebird'], 'escapes but answers'),
  },
  'a listener of a datasource': {
    call: ({sources}) => sources.ensure('acme'),
    outcomes: starting(['throws'], 'warning'),
  },
  'a validation that calls back': {
    isCalledBack: true,
    call: world => world.createNote(),
    outcomes: {
      ...all(ANSWERS, 'nothing'),
      ...starting(['answers with an error'], 'caller'),
      ...starting(['throws', 'returns'], 'escapes'),
      'never answers': 'waits',
      'answers, and then throws': 'escapes but answers',
    },
  },
};

class World {
  readonly clock = new FakeClock();
  readonly registries: TenantRegistries;
  readonly sources: TenantDataSources;
  readonly requests: TenantRequests<object>;
  readonly db: any;
  /** The place whose code misbehaves at its next call. */
  armed: {readonly place: string; readonly behaviour: (act: Act) => unknown} | undefined;
  /** The connections that the connectors have open. */
  readonly connections = new Set<object>();
  #models = 0;

  constructor() {
    const {clock, user} = this;
    const registries = (this.registries = new TenantRegistries({
      clock,
      isTenant: () => user('isTenant', () => true) as boolean,
      currentTenant: () => user('currentTenant', () => TenantContext.tenant) as string | undefined,
    }));
    registries.observe({
      built: () => user('an observer of built') as void,
      state: () => user('an observer of state') as void,
      ended: () => user('an observer of ended') as void,
    });
    registries.observe(Object.defineProperty({}, 'built', {get: () => user('the accessor of an observer'), enumerable: true}));
    registries.beforeOffboard(() => user('beforeOffboard'));
    registries.onOffboard(() => user('onOffboard'));
    this.sources = new TenantDataSources({
      registries,
      clock,
      create: tenant =>
        user('create', () => {
          const settings = {
            connector: this.connector,
            connectionTimeout: 5,
            lazyConnect: true,
            modelRegistry: {registries, tenant},
          };
          return new DataSource(settings as never).on('connected', () => void user('a listener of a datasource'));
        }) as never,
    });
    this.requests = new TenantRequests({
      registries,
      clock,
      tenant: () => user('strategy', () => 'acme') as string,
      lookUp: () => user('lookUp', () => ({})) as object as never,
      prepare: () => user('prepare'),
    });
    this.db = new DataSource({connector: 'memory', modelRegistry: {registries}});
  }

  /** The application's code of a place: does what it should, but for the one time that it is armed. */
  readonly user = (place: string, behave: () => unknown = () => undefined, answer?: Act['answer']): unknown => {
    if (this.armed?.place !== place) return behave();
    const {behaviour} = this.armed;
    this.armed = undefined;
    return behaviour({behave, answer});
  };

  readonly connector = {
    name: 'scripted',
    initialize: (dataSource: any, done: () => void) => {
      const connector = new Memory(null, dataSource.settings);
      dataSource.connector = connector;
      const {create} = connector;
      const connection = {};
      connector.connect = (answer: (error?: unknown) => void) =>
        this.user('connect', () => [this.connections.add(connection), answer()], answer);
      connector.disconnect = (answer: (error?: unknown) => void) => {
        this.connections.delete(connection);
        return this.user('disconnect', () => answer(), answer);
      };
      connector.create = (model: string, data: object, options: object, answer: (...results: unknown[]) => void) =>
        this.user('a method of a connector', () => create.call(connector, model, data, options, answer), answer);
      process.nextTick(done);
    },
  };

  /** A report of an offboarding, after which the tenant may come again. */
  async offboard(): Promise<unknown> {
    this.registries.for('acme');
    const report = await this.registries.offboard('acme', {drainTimeout: 10, hookTimeout: 10});
    this.registries.reinstate('acme');
    return report;
  }

  /** Aborts work at the deadline of an offboarding. */
  async abort(): Promise<unknown> {
    using lease = this.registries.acquire('acme');
    lease.signal.addEventListener('abort', () => this.user('a listener of a signal'));
    const report = await this.registries.offboard('acme', {drainTimeout: 0});
    this.registries.reinstate('acme');
    return report;
  }

  async admit(): Promise<unknown> {
    this.registries.evict('acme');
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    try {
      const scope = await this.requests.admit(request, response, {});
      return scope!.run(() => expect(TenantContext.tenant).to.equal('acme') && undefined);
    } finally {
      response.emit('close');
    }
  }

  define(): unknown {
    const get = () => this.user('a getter of a property object', () => ({street: String}));
    const properties = Object.defineProperty({name: String}, 'nested', {get, enumerable: true});
    return TenantContext.run('acme', () => {
      const Model = this.db.createModel(`Model${this.#models++}`, properties);
      return void Model.definition.properties;
    });
  }

  /** A model whose connector has data access methods of its own. */
  count(): unknown {
    const {registries} = this;
    const count = () => this.user('a data access method of a connector', () => 7);
    const DataAccessObject = Object.assign(class {}, {count});
    const initialize = (dataSource: any, done: () => void) => {
      dataSource.connector = {DataAccessObject};
      done();
    };
    const dataSource: any = new DataSource({connector: {initialize}, modelRegistry: {registries, tenant: 'acme'}});
    const Thing = dataSource.createModel('Thing', {});
    return TenantContext.run('acme', async () => {
      const result = await Thing.count();
      if (typeof result === 'function') throw new Error('the answer is a function');
    });
  }

  createNote(): unknown {
    return TenantContext.run('acme', async () => {
      const dataSource: any = this.sources.get('acme');
      let {Note} = dataSource.models;
      if (!Note) {
        Note = dataSource.createModel('Note', {text: String});
        Note.observe('before save', (_: object, next: () => void) => this.user('a hook that calls back', next, next));
        const validate = (refuse: () => void, done: () => void) =>
          this.user('a validation that calls back', done, () => [refuse(), done()]);
        Note.observe('before save', () => this.user('a hook that returns a promise', () => Promise.resolve()));
        Note.validate('text', () => void this.user('a validation'), {message: 'is bad'});
        Note.validateAsync('text', validate, {message: 'is bad'});
      }
      await Note.create({text: 'x'});
    });
  }
}

const printed = (error: unknown) => printedBy(() => String(error));

/** What came of a call. */
interface Result {
  readonly settled: boolean;
  readonly thrown: boolean;
  readonly error?: unknown;
  readonly inReport: number;
}

/** What escaped: no test runner sees it. */
function watchProcess() {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const runners = events.map(event => process.listeners(event as never) as unknown as NodeJS.UncaughtExceptionListener[]);
  const escaped: unknown[] = [];
  const warnings: unknown[] = [];
  const note = (error: unknown) => void escaped.push(error);
  const {emitWarning} = process;
  for (const event of events) process.removeAllListeners(event).on(event as 'uncaughtException', note);
  process.emitWarning = (warning: unknown) => void warnings.push(warning);
  const stop = () => {
    process.emitWarning = emitWarning;
    events.forEach((event, index) => {
      process.removeAllListeners(event);
      for (const listener of runners[index]) process.on(event as 'uncaughtException', listener);
    });
  };
  return {escaped, warnings, stop};
}

async function resultOf(world: World, call: () => unknown): Promise<Result> {
  let result: Result = {settled: false, thrown: false, inReport: 0};
  const ended = (thrown: boolean, value: unknown) => {
    const {errors = [], hookErrors = []} = thrown ? {} : ((Object(value) ?? {}) as {errors?: unknown[]; hookErrors?: unknown[]});
    result = {settled: true, thrown, error: value, inReport: errors.length + hookErrors.length};
  };
  let returned;
  try {
    returned = call();
  } catch (error) {
    ended(true, error);
  }
  expect(TenantContext.current, 'the caller has no context').to.equal(undefined);
  // only native promises: what the library returns is one
  if (returned instanceof Promise) {
    returned.then(
      value => ended(false, value),
      (error: unknown) => ended(true, error),
    );
  } else if (!result.settled) ended(false, undefined);
  for (let turn = 0; turn < 6; turn++) await nextJob();
  // the deadlines of the clock, and those of connections, which are Node's
  if (!result.settled) {
    await world.clock.pass(10_000);
    await new Promise(resolve => setTimeout(resolve, 7));
    await world.clock.pass(50_000);
  }
  for (let turn = 0; turn < 4; turn++) await nextJob();
  expect(TenantContext.current, 'the caller has no context later').to.equal(undefined);
  return result;
}

/** Lets nothing of the tenant be left over. */
function expectNothingStuck({registries, sources, clock}: World): void {
  const state = registries.state('acme');
  expect(registries.activeContexts('acme'), 'contexts').to.equal(0);
  expect(registries.stats().leaving, 'leaving').to.equal(0);
  expect(registries.inspect('acme').operations, 'operations').to.equal(0);
  expect(state).to.be.oneOf(['unbuilt', 'active', 'suspended']);
  expect(sources.stats().open, 'datasources').to.be.at.most(1);
  expect(clock.pending, 'timers').to.be.at.most(2);
}

async function expectEnd(world: World): Promise<void> {
  const {registries, sources} = world;
  await registries.dispose();
  expect(sources.stats().open).to.equal(0);
  if (sources.stats().stuck === 0) expect(world.connections.size, 'connections').to.equal(0);
  expect(world.clock.pending, 'timers').to.equal(0);
}

const TITLES: Record<Outcome, string> = {
  caller: 'its caller gets one error',
  report: 'the report has one error',
  warning: 'there is one warning',
  nothing: 'there is no failure',
  waits: 'its caller waits until the tenant leaves',
  escapes: 'the process gets the error, as on stock',
  'escapes but answers': 'the process gets the error, as on stock, and the caller its answer',
};

describe('User code that misbehaves', () => {
  for (const [place, {call, outcomes, isCalledBack}] of Object.entries(PLACES)) {
    describe(`in ${place}`, () => {
      for (const [name, outcome] of Object.entries(outcomes)) {
        const behaviour = (isCalledBack ? ANSWERS : RETURNS)[name];
        if (!behaviour) continue;
        it(`and ${name}: ${TITLES[outcome]}, nothing is stuck, and the next call works`, async () => {
          const {escaped, warnings, stop} = watchProcess();
          try {
            const world = new World();
            world.armed = {place, behaviour};
            const result = await resultOf(world, () => call(world));
            expect(world.armed, 'the code was called').to.equal(undefined);
            const reports = {
              caller: Number(result.thrown),
              report: result.inReport,
              warning: warnings.length,
              escaped: escaped.length,
              waits: Number(!result.settled),
            };
            const none = {caller: 0, report: 0, warning: 0, escaped: 0, waits: 0};
            const expected = {
              nothing: none,
              escapes: {...none, escaped: 1, waits: 1},
              'escapes but answers': {...none, escaped: 1},
              caller: {...none, caller: 1},
              report: {...none, report: 1},
              warning: {...none, warning: 1},
              waits: {...none, waits: 1},
            }[outcome];
            expect(reports, [...escaped, ...warnings].map(printed).join()).to.deep.equal(expected);
            escaped.length = 0;
            if (!result.settled) {
              await world.registries.offboard('acme', {drainTimeout: 0});
              world.registries.reinstate('acme');
              for (let turn = 0; turn < 4; turn++) await nextJob();
            }
            world.registries.resume('acme');
            expectNothingStuck(world);
            const next = await resultOf(world, () => call(world));
            expect(next, 'the next call').to.include({settled: true, thrown: false, inReport: 0});
            world.registries.resume('acme');
            expectNothingStuck(world);
            await expectEnd(world);
            for (let turn = 0; turn < 3; turn++) await nextJob();
            expect(escaped).to.have.lengthOf(0);
          } finally {
            stop();
          }
        });
      }
    });
  }
});
