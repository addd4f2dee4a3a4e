import {EventEmitter} from 'node:events';
import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {liveClasses, nextJob} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {type AnyDataSource, type AnyModel} from '../support/service';

/** Where user code waits: a hook that was called and has not called back. */
class Gate {
  reached = 0;
  #waiting: (() => void)[] = [];

  readonly pass = () => {
    this.reached++;
    return new Promise<void>(resolve => this.#waiting.push(resolve));
  };

  open(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** An operation of juggler's, and user code in the middle of it that calls back late. */
const operations: Record<string, {wait: (Model: AnyModel, gate: Gate) => void; work: (Model: AnyModel) => Promise<unknown>}> = {
  'create in a before save hook': {wait: observe('before save'), work: Model => Model.create({name: 'x'})},
  'create in a persist hook': {wait: observe('persist'), work: Model => Model.create({name: 'x'})},
  'create in a loaded hook': {wait: observe('loaded'), work: Model => Model.create({name: 'x'})},
  'create in an after save hook': {wait: observe('after save'), work: Model => Model.create({name: 'x'})},
  'createAll in a before save hook': {wait: observe('before save'), work: Model => Model.createAll([{name: 'x'}, {name: 'y'}])},
  'find in an access hook': {wait: observe('access'), work: Model => Model.find()},
  'find in a loaded hook': {wait: observe('loaded'), work: Model => Model.find()},
  'count in an access hook': {wait: observe('access'), work: Model => Model.count()},
  'updateAll in a before save hook': {wait: observe('before save'), work: Model => Model.updateAll({}, {name: 'y'})},
  'updateOrCreate in a before save hook': {wait: observe('before save'), work: Model => Model.updateOrCreate({id: 1, name: 'y'})},
  'replaceById in a before save hook': {wait: observe('before save'), work: Model => Model.replaceById(1, {name: 'y'})},
  'findOrCreate in a before save hook': {
    wait: observe('before save'),
    work: Model => Model.findOrCreate({where: {name: 'none'}}, {name: 'none'}),
  },
  'destroyAll in a before delete hook': {wait: observe('before delete'), work: Model => Model.destroyAll()},
  'save in a before save hook': {wait: observe('before save'), work: Model => Model.seeded.save()},
  'updateAttributes in a persist hook': {wait: observe('persist'), work: Model => Model.seeded.updateAttributes({name: 'y'})},
  'destroy in a before delete hook': {wait: observe('before delete'), work: Model => Model.seeded.destroy()},
  'create in an asynchronous validation': {
    wait: (Model, gate) => {
      const validate = (_fail: () => void, done: () => void) => void gate.pass().then(done);
      Model.validateAsync('name', validate, {message: 'wrong'});
    },
    work: Model => Model.create({name: 'x'}),
  },
  'save in an asynchronous validation': {
    wait: (Model, gate) => {
      const validate = (fail: () => void, done: () => void) => void gate.pass().then(() => (fail(), done()));
      Model.validateAsync('name', validate, {message: 'wrong'});
    },
    work: Model => Model.seeded.save(),
  },
  'create in a deprecated beforeCreate hook': {
    wait: (Model, gate) => (Model.beforeCreate = (next: () => void) => void gate.pass().then(() => next())),
    work: Model => Model.create({name: 'x'}),
  },
  'save in a deprecated afterSave hook': {
    wait: (Model, gate) => (Model.afterSave = (next: () => void) => void gate.pass().then(() => next())),
    work: Model => Model.seeded.save(),
  },
  'find with include, in a hook of the related model': {
    wait: (Model, gate) => {
      const Part = Model.dataSource.createModel('Part', {name: String});
      Model.hasMany(Part, {as: 'parts'});
      Part.observe('access', gate.pass);
    },
    work: Model => Model.find({include: 'parts'}),
  },
  'a connector’s answer': {
    wait: (Model, gate) => {
      const {connector} = Model.dataSource;
      const {count} = connector;
      // juggler asks for as many parameters
      connector.count = (...[model, where, options, callback]: unknown[]) =>
        void gate.pass().then(() => count.call(connector, model, where, options, callback));
      Object.defineProperty(connector.count, 'length', {value: count.length});
    },
    work: Model => Model.count(),
  },
};

function observe(operation: string) {
  return (Model: AnyModel, gate: Gate) => void Model.observe(operation, gate.pass);
}

describe('Work in flight at the deadline of an offboarding', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  let tenant = '';
  let thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  let others: NodeJS.UncaughtExceptionListener[] = [];

  beforeEach(() => {
    tenant = `tenant-${registries.stats().offboarded}`;
    thrown = [];
    others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
    for (const listener of others) process.on('uncaughtException', listener);
  });

  async function model(): Promise<AnyModel> {
    const Model = keepingDataSource(registries, tenant).createModel('Customer', {name: String});
    Model.seeded = await Model.create({name: 'seeded'});
    return Model;
  }

  for (const [title, {wait, work}] of Object.entries(operations)) {
    for (const style of ['promise', 'callback']) {
      it(`${title} (${style}): it fails with the code, and a late callback throws nothing`, async () => {
        const before = liveClasses();
        const gate = new Gate();
        const answer = await (async () => {
          const Model = await model();
          wait(Model, gate);
          const result = style === 'promise' ? work(Model) : byCallback(Model, work);
          const settled = result.then(
            () => 'no error',
            (error: {code?: string}) => error.code,
          );
          for (let turn = 0; gate.reached === 0 && turn < 100; turn++) await nextJob();
          expect(gate.reached).to.be.above(0);
          await registries.offboard(tenant, {drainTimeout: 0});
          return settled;
        })();
        expect(answer).to.equal('TENANT_OFFBOARDED');
        gate.open();
        for (let turn = 0; turn < 5; turn++) await nextJob();
        expect(thrown).to.deep.equal([]);
        expect(liveClasses() - before).to.equal(0);
      });
    }
  }

  it('is answered at once, also if a hook never calls back', async () => {
    const Model = await model();
    Model.observe('before save', () => new Promise(() => {}));
    const creation = Model.create({name: 'x'}).catch((error: {code: string}) => error.code);
    await nextJob();
    await registries.offboard(tenant, {drainTimeout: 0});
    expect(await creation).to.equal('TENANT_OFFBOARDED');
  });

  it('of other tenants goes on to its end', async () => {
    const gate = new Gate();
    const Other = keepingDataSource(registries, 'other').createModel('Customer', {name: String});
    Other.observe('before save', gate.pass);
    const creation = Other.create({name: 'x'});
    await model();
    await registries.offboard(tenant, {drainTimeout: 0});
    gate.open();
    expect(await creation).to.have.property('id');
  });

  it('on a datasource that is still connecting: a failure throws nothing, and a late connection is closed', async () => {
    for (const outcome of [undefined, new Error('refused')]) {
      const connector = new SlowConnector();
      const dataSource = keepingDataSource(registries, `${tenant}-${String(outcome)}`, {connector});
      const report = await registries.offboard(`${tenant}-${String(outcome)}`, {drainTimeout: 0});
      expect(report.errors).to.deep.equal([]);
      connector.ready(outcome);
      await nextJob();
      expect(connector.disconnected).to.equal(outcome ? 0 : 1);
      expect(dataSource.connected).to.equal(false);
    }
    expect(thrown).to.deep.equal([]);
  });
});

/** A connector that is connected only when the spec calls `ready`. */
class SlowConnector extends EventEmitter {
  name = 'slow';
  disconnected = 0;
  ready: (error?: Error) => void = () => {};
  declare dataSource: AnyDataSource;

  initialize(dataSource: AnyDataSource, callback: (error?: Error) => void): void {
    dataSource.connector = this;
    this.dataSource = dataSource;
    this.ready = callback;
  }

  disconnect(callback: () => void): void {
    this.disconnected++;
    callback();
  }
}

/** The same operation with its callback as the last argument. */
function byCallback(Model: AnyModel, work: (Model: AnyModel) => Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result));
    const calling = (target: object): object =>
      new Proxy(target, {
        get(object, name) {
          const value: unknown = Reflect.get(object, name);
          if (name === 'seeded') return calling(value as object);
          return typeof value === 'function' ? (...args: unknown[]) => void value.call(object, ...args, callback) : value;
        },
      });
    void work(calling(Model));
  });
}
