import {AsyncResource} from 'node:async_hooks';
import {expect} from 'chai';
import * as juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, ModelRegistry, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {tenantDataSource, type AnyDataSource, type AnyModel} from '../support/service';
import {NESTED} from '../support/structures';

const {Memory} = require('loopback-datasource-juggler/lib/connectors/memory');

const inGlobex = <T>(work: () => T): T => TenantContext.run('globex', work);

async function failure(work: () => unknown): Promise<any> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}
const code = async (work: () => unknown): Promise<unknown> => (await failure(work))?.code;

/** A memory connector with transactions, as SQL connectors have them. */
function withTransactions(ended: string[] = []): object {
  return {
    initialize(dataSource: any, callback: () => void) {
      const connector = new Memory(null, dataSource.settings);
      connector.transaction = undefined;
      connector.dataSource = dataSource;
      connector.beginTransaction = (_: unknown, done: (error: null, connection: object) => void) =>
        process.nextTick(done, null, {});
      for (const end of ['commit', 'rollback']) {
        connector[end] = (_: unknown, done: () => void) => {
          ended.push(end);
          process.nextTick(done);
        };
      }
      dataSource.connector = connector;
      process.nextTick(callback);
    },
  };
}

describe('What belongs to a tenant is no other’s to use', () => {
  let registries: TenantRegistries;
  let acme: AnyDataSource;
  let Note: AnyModel;

  beforeEach(() => setUp(new TenantRegistries()));
  afterEach(() => registries.dispose());

  function setUp(made: TenantRegistries, settings?: object): void {
    registries = made;
    acme = tenantDataSource(registries, 'acme', {name: 'db', ...settings});
    Note = acme.createModel('Note', {text: String, ...NESTED()});
  }

  it('the error names both tenants, the model and the method, and says what to do', async () => {
    const error = await failure(() => inGlobex(() => Note.find()));
    expect(error).to.include({name: 'TenantMismatchError', code: 'TENANT_MISMATCH', tenant: 'acme', running: 'globex'});
    expect(error.message).to.equal(
      'find() is called on model Note, which belongs to tenant "acme", but tenant "globex" is running. Use what is the running ' +
        "tenant's own: ask for its datasource, repository or model at each use and keep none of them, for example in a singleton. " +
        'Work for "acme" belongs within TenantContext.run("acme", …).',
    );
    const messages = [
      [() => new Note({}).save(), /^save\(\) is called on an instance of Note, which/],
      [() => acme.execute('SELECT secret'), /^execute\(\) is called on datasource "db", which/],
      [() => acme.define('Other', {}), /^define\("Other"\) is called on datasource "db", which/],
    ] as const;
    for (const [work, message] of messages) expect((await failure(() => inGlobex(work))).message).to.match(message);
  });

  it('where allowCrossTenantUse is on, nothing is refused; it is true or false', async () => {
    await registries.dispose();
    setUp(new TenantRegistries({allowCrossTenantUse: true}));
    await inGlobex(() => Note.create({text: 'x'}));
    inGlobex(() => acme.createModel('Other', {}));
    expect(await Note.count()).to.equal(1);
    expect(() => new TenantRegistries({allowCrossTenantUse: 'yes' as never}))
      .to.throw('allowCrossTenantUse must be true or false, got "yes" (a string).')
      .with.property('code', 'INVALID_OPTION');
  });

  it('a class may be looked at and built in another tenant’s context, and its embedded classes are made there', () => {
    // juggler's own define makes the class of a property with such a name
    const Deep = acme.createModel('Deep', {a: {b: {constructor: {c: String}}}});
    const note = inGlobex(() => {
      expect(Note.definition.properties.addr.type.modelName).to.match(/^AnonymousModel/);
      expect(Deep.definition.properties.a.type.modelName).to.match(/^AnonymousModel/);
      Deep.definition.build(true);
      return new Note({text: 'x', addr: {street: 'y'}});
    });
    expect(note.toObject().addr).to.deep.include({street: 'y'});
    expect(registries.peek('globex')).to.equal(undefined);
  });

  it('a datasource counts, whichever class is on it', async () => {
    const classes: Record<string, AnyModel> = {
      shared: (new ModelBuilder({registry: registries.shared}) as any).define('Shared', {text: String}),
      'of the other tenant': (new ModelBuilder({registries, tenant: 'globex'}) as any).define('Theirs', {text: String}),
      'of a stock builder': new juggler.ModelBuilder().define('Stock', {text: String}),
    };
    for (const [name, Model] of Object.entries(classes)) {
      acme.attach(Model);
      const error = await failure(() => inGlobex(() => Model.create({})));
      expect(error, name).to.include({code: 'TENANT_MISMATCH', tenant: 'acme'});
      expect(error.message, name).to.match(/is called on model \w+ and its datasource, which belongs/);
    }
  });

  it('a class counts, also on a datasource that follows the running tenant', async () => {
    const following = tenantDataSource(registries);
    const Own = TenantContext.run('acme', () => following.createModel('Own', {text: String}));
    inGlobex(() => following.createModel('Own', {text: String}));
    for (const work of [() => Own.create({}), () => Own.defineProperty('more', String), () => following.attach(Own)]) {
      expect(await code(() => inGlobex(work))).to.equal('TENANT_MISMATCH');
    }
    expect(following.definitions).not.to.have.property('Own');
    await TenantContext.run('acme', () => Own.create({}));
  });

  it('the models of no tenant serve all', async () => {
    const following = tenantDataSource(registries);
    const Country = following.createModel('Country', {code: String});
    for (const tenant of ['acme', 'globex']) await TenantContext.run(tenant, () => Country.create({code: tenant}));
    expect(await Country.count()).to.equal(2);
    const free = new ModelRegistry({tenant: 'free'});
    const Free = (new DataSource({connector: 'memory', modelRegistry: {registry: free}}) as any).createModel('Free', {});
    // a registry of no TenantRegistries knows of no running tenant
    await inGlobex(() => Free.create({}));
  });

  it('an instance counts as data of the other tenant’s model, alone and in a list', async () => {
    const Theirs: AnyModel = tenantDataSource(registries, 'globex').createModel('Note', {text: String});
    const note = await Note.create({text: 'secret'});
    for (const work of [() => Theirs.create(note), () => Theirs.create([{}, note]), () => Theirs.upsert(note)]) {
      const error = await failure(() => inGlobex(work));
      expect(error).to.include({code: 'TENANT_MISMATCH', tenant: 'acme'});
      expect(error.message).to.match(/^\w+\(\) on model Note gets an instance of Note, which belongs/);
    }
    expect(await Theirs.count()).to.equal(0);
    await inGlobex(() => Theirs.create({text: note.text}));
  });

  it('a relation to another tenant’s model cannot be defined', async () => {
    const Theirs: AnyModel = tenantDataSource(registries, 'globex').createModel('Theirs', {text: String});
    expect(await code(() => inGlobex(() => Theirs.hasMany(Note)))).to.equal('TENANT_MISMATCH');
    expect(Object.keys(Theirs.relations)).to.deep.equal([]);
  });

  it('a transaction counts: as an option of an operation, and when it ends', async () => {
    await registries.dispose();
    const ended: string[] = [];
    setUp(new TenantRegistries(), {connector: withTransactions(ended)});
    const Theirs: AnyModel = tenantDataSource(registries, 'globex').createModel('Theirs', {text: String});
    const transaction = await acme.beginTransaction({});

    const works = [() => Theirs.create({}, {transaction}), () => transaction.commit(), () => transaction.rollback()];
    for (const work of works) {
      const error = await failure(() => inGlobex(work));
      expect(error).to.include({code: 'TENANT_MISMATCH', tenant: 'acme', running: 'globex'});
      expect(error.message).to.match(/ a transaction, which belongs/);
    }
    expect([ended, await Theirs.count()]).to.deep.equal([[], 0]);
    await TenantContext.run('acme', () => transaction.commit());
    expect(ended).to.deep.equal(['commit']);
  });

  it('juggler’s transaction of a datasource counts: its models and its end', async () => {
    const transaction = acme.transaction();
    const {Note: InTransaction} = transaction.models;
    InTransaction.create({text: 'x'}, () => {});
    for (const work of [() => InTransaction.create({}), () => InTransaction.find(), () => transaction.automigrate()])
      expect(await code(() => inGlobex(work))).to.equal('TENANT_MISMATCH');
    for (const end of ['commit', 'exec', 'rollback']) {
      const answered = new Promise(resolve => inGlobex(() => void transaction[end](resolve)));
      expect(await answered, end).to.have.property('code', 'TENANT_MISMATCH');
    }
    await new Promise(resolve => void transaction.commit(resolve));
    expect(await Note.count()).to.equal(1);
  });

  it('after the tenant’s end its error is that of the end', async () => {
    await registries.offboard('acme');
    for (const work of [() => Note.find(), () => Note.create({})])
      expect(await code(() => inGlobex(work))).to.equal('TENANT_OFFBOARDED');
  });

  it('the running tenant is the one that currentTenant of these registries returns, also if it throws', async () => {
    await registries.dispose();
    let current: () => string | undefined | null = () => undefined;
    setUp(new TenantRegistries({currentTenant: () => current()}));
    current = () => 'globex';
    const isRefused = async () => (await code(() => Note.find())) === 'TENANT_MISMATCH';
    expect(await isRefused()).to.equal(true);
    for (const tenant of ['acme', undefined, null]) {
      current = () => tenant;
      expect(await isRefused(), String(tenant)).to.equal(false);
      // another registries' tenant
      expect(await inGlobex(isRefused)).to.equal(false);
    }
    current = () => {
      throw new Error('no request');
    };
    const returned = Note.find();
    expect(returned).to.be.instanceOf(Promise);
    expect((await failure(() => returned)).message).to.equal('no request');
    expect(await new Promise(resolve => void Note.find(resolve))).to.have.property('message', 'no request');
    expect(() => acme.createModel('Other', {})).to.throw('no request');
    current = () => undefined;
  });

  it('a callback of user code in another tenant’s context does not stop an operation that has begun for its tenant', async () => {
    const elsewhere = inGlobex(() => new AsyncResource('pool'));
    const later = (next: (...results: unknown[]) => void) => setImmediate(() => elsewhere.runInAsyncScope(next));
    for (const hook of ['access', 'before save', 'after save', 'loaded', 'persist'])
      Note.observe(hook, (_: unknown, next: () => void) => later(next));
    Note.validateAsync('text', function (this: unknown, _: unknown, done: () => void) {
      later(done);
    });
    for (const within of [(work: () => any) => work(), (work: () => any) => TenantContext.run('acme', work)]) {
      const note = await within(() => Note.create({text: 'x'}));
      await within(() => Note.findOrCreate({where: {text: 'y'}}, {text: 'y'}));
      await within(() => note.updateAttributes({text: 'z'}));
      await within(() => note.reload());
      await within(() => Note.upsert({id: note.id, text: 'u'}));
    }
    expect(await Note.count()).to.be.at.least(2);
  });

  it('a connector whose pool calls back in another tenant’s context includes related rows', async () => {
    const elsewhere = inGlobex(() => new AsyncResource('pool'));
    const connector = {
      initialize(dataSource: any, callback: () => void) {
        const memory = new Memory(null, dataSource.settings);
        for (const name of ['all', 'find', 'create', 'count', 'destroyAll', 'updateAttributes']) {
          const method = Memory.prototype[name];
          if (!method) continue;
          const pooled = (...args: unknown[]) => setImmediate(() => elsewhere.runInAsyncScope(() => method.apply(memory, args)));
          memory[name] = Object.defineProperty(pooled, 'length', {value: method.length});
        }
        memory.dataSource = dataSource;
        dataSource.connector = memory;
        process.nextTick(callback);
      },
    };
    await registries.dispose();
    setUp(new TenantRegistries(), {connector});
    const Tag = acme.createModel('Tag', {name: String});
    Note.hasMany(Tag, {as: 'tags', foreignKey: 'noteId'});
    await TenantContext.run('acme', async () => {
      const note = await Note.create({text: 'x'});
      await note.tags.create({name: 't'});
      const options = {};
      const [found] = await Note.find({include: 'tags'}, options);
      expect(found.toJSON().tags).to.have.lengthOf(1);
      expect(await code(() => inGlobex(() => Note.include([note], 'tags', options)))).to.equal('TENANT_MISMATCH');
    });
  });

  it('the library’s own doings are for the tenant, in whichever context they happen', async () => {
    const done: string[] = [];
    const sources = new TenantDataSources({
      registries,
      create: tenant => {
        const dataSource = tenantDataSource(registries, tenant, {lazyConnect: true});
        dataSource.createModel('Made', {});
        void dataSource.autoupdate().then(() => done.push('autoupdate'));
        return dataSource;
      },
    });
    registries.beforeOffboard(async () => void done.push(`before ${await Note.count()}`));
    await inGlobex(async () => {
      await sources.ensure('acme');
      await acme.disconnect();
      await acme.connect();
      expect(await registries.offboard('acme')).to.deep.include({errors: [], dataSources: 2});
    });
    expect(done).to.deep.equal(['autoupdate', 'before 0']);
  });
});
