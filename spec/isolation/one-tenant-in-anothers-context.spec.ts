import {expect} from 'chai';
import {forJuggler, install, TenantContext, TenantRegistries} from '../../lib/index';
import {isLong} from '../support/long-form';
import type {AnyDataSource, AnyModel} from '../support/service';

const MAJORS = ['juggler-3', 'juggler-4', 'juggler-5', 'juggler-6', 'loopback-datasource-juggler'];

const BETWEEN = MAJORS.slice(1, -1);

type Call = (...args: unknown[]) => unknown;

/** The ways in which a method may be refused. `either`: by the callback, or synchronously if there is none. */
type Refused = 'throws' | 'answers' | 'either';

/** Methods that neither reach a row nor change a model, and the life of the connection. */
const ALLOWED_OF_DATA_SOURCE = [
  ...['constructor', 'setup', '_setupConnector', 'connect', 'disconnect', 'stop', 'ready', 'queueInvocation', 'log'],
  ...['getModel', 'getModelDefinition', 'getTypes', 'supportTypes', 'tableName', 'columnName', 'columnMetadata', 'columnNames'],
  ...['idColumnName', 'idName', 'idNames', 'idProperty', 'isRelational', 'getMaxOfflineRequests'],
  ...['enableRemote', 'disableRemote', 'getOperation', 'operations', 'defineOperation'],
  // steps of juggler's own define, which is refused as a whole
  ...['setupDataAccess', 'mixin', 'copyModel'],
];
const THROWING_OF_DATA_SOURCE = [
  ...['define', 'createModel', 'attach', 'buildModelFromInstance', 'defineProperty', 'defineForeignKey', 'defineRelations'],
  ...['defineScopes', 'deleteModelByName', 'deleteAllModels', 'freeze'],
];
const ALLOWED_OF_BUILDER = ['constructor', 'defineValueType', 'getModel', 'getModelDefinition', 'getSchemaName', 'resolveType'];
const ALLOWED_STATICS = [
  'Transaction',
  'getConnector',
  'lookupModel',
  'normalizeInclude',
  'applyProperties',
  'applyScope',
].concat('defaultScope');
const THROWING_STATICS = ['belongsTo', 'hasMany', 'hasOne', 'hasAndBelongsToMany', 'embedsOne', 'embedsMany'].concat(
  ...['referencesMany', 'scope', 'iterateKeys'],
);
const ALLOWED_OF_INSTANCES = ['constructor', 'getConnector', 'isNewRecord', 'setAttribute', 'setAttributes', 'unsetAttribute'];

const functionsOf = (object: object) =>
  Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, {value}]) =>
    typeof value === 'function' && (!name.startsWith('_') || name === '_setupConnector') ? [name] : [],
  );

const turn = () => new Promise(resolve => setImmediate(resolve));

/** The names of the connector's methods that were called. */
let calls: string[] = [];

/** juggler's memory connector, or its key-value one, with a method of its own, which notes each call. */
function recording(name: string, kind: 'memory' | 'kv-memory'): object {
  const juggler = require(name);
  const module = require(`${name}/lib/connectors/${kind}`);
  return {
    initialize(dataSource: any, callback: () => void) {
      module.initialize(dataSource, () => {});
      const {connector} = dataSource;
      class Own {}
      const dao = connector.DataAccessObject ?? juggler.DataSource.DataAccessObject;
      Object.assign(Own, dao, {search: (text: unknown, done: Call) => connector.search(text, done)});
      Object.assign(Own.prototype, dao.prototype);
      connector.DataAccessObject = Own;
      connector.search = (_: unknown, done?: Call) => (done ? process.nextTick(done, null, []) : Promise.resolve([]));
      connector.execute = (...args: unknown[]) => process.nextTick(args.at(-1) as Call, null, []);
      connector.ping = (done: Call) => process.nextTick(done);
      for (let place = connector; place && place !== Object.prototype; place = Object.getPrototypeOf(place)) {
        for (const method of functionsOf(place)) {
          if (method === 'constructor' || /^[A-Z]/.test(method) || Object.hasOwn(connector, `noted ${method}`)) continue;
          const original = connector[method];
          Object.defineProperty(connector, `noted ${method}`, {value: true});
          const noted = function (this: unknown, ...args: unknown[]) {
            calls.push(method);
            return original.apply(this, args);
          };
          Object.defineProperty(noted, 'length', {value: original.length});
          Object.defineProperty(connector, method, {value: noted, writable: true, configurable: true});
        }
      }
      process.nextTick(callback);
    },
  };
}

/** What a call came to: the code of its error, and how the caller got it. */
async function outcome(call: Call, refused: Refused, byCallback: boolean): Promise<unknown> {
  const isThrown = refused === 'throws' || (refused === 'either' && !byCallback);
  let answered: (error: any) => void;
  const answer = new Promise<any>(resolve => (answered = resolve));
  let returned: any;
  try {
    returned = byCallback ? call((error: unknown) => answered(error)) : call();
  } catch (error: any) {
    return isThrown || error.code !== 'TENANT_MISMATCH' ? error.code : 'thrown, but should have been answered';
  }
  if (typeof returned?.then === 'function') returned.then(() => answered(undefined), answered!);
  const error = await Promise.race([answer, turn().then(turn)]);
  if (error?.code !== 'TENANT_MISMATCH') return error?.code;
  return isThrown ? 'answered, but should have been thrown' : error.code;
}

const CONTEXTS: [string, (work: () => any) => any, boolean][] = [
  ['another tenant’s context', work => TenantContext.run('globex', work), true],
  ['its own context', work => TenantContext.run('acme', work), false],
  ['no context', work => work(), false],
];

interface Row {
  readonly name: string;
  readonly refused: Refused;
  /** Returns the call of a new thing of tenant acme. */
  readonly make: () => Call | Promise<Call>;
}

for (const major of MAJORS) {
  for (const installed of [false, true]) {
    if (installed && !isLong && major !== 'loopback-datasource-juggler') continue;
    const juggler = require(major);
    describe(`Of juggler ${juggler.version}${installed ? ' with install' : ''}, what belongs to a tenant`, () => {
      let registries: TenantRegistries;
      let uninstall = () => {};

      before(() => {
        registries = new TenantRegistries();
        if (installed) uninstall = install(juggler, {registries});
      });
      after(async () => {
        uninstall();
        await registries.dispose();
      });

      /** A datasource of acme's. */
      function open(kind: 'memory' | 'kv-memory' = 'memory'): AnyDataSource {
        const {DataSource} = installed ? juggler : forJuggler(juggler);
        return new DataSource({name: 'db', connector: recording(major, kind), modelRegistry: {registries, tenant: 'acme'}});
      }

      function notes(dataSource = open()): {Note: AnyModel; Tag: AnyModel} {
        const Note = dataSource.createModel('Note', {text: String, meta: {size: Number}});
        const Tag = dataSource.createModel('Tag', {name: String});
        Note.hasMany(Tag, {as: 'tags', foreignKey: 'noteId'});
        Note.hasOne(Tag, {as: 'top', foreignKey: 'topId'});
        Note.hasAndBelongsToMany(Tag, {as: 'labels'});
        Note.embedsMany(Tag, {as: 'parts', property: 'inner'});
        Note.referencesMany(Tag, {as: 'seen'});
        Tag.belongsTo(Note, {as: 'note', foreignKey: 'noteId'});
        Note.scope('recent', {where: {text: 'x'}});
        return {Note, Tag};
      }

      /**
       * The short form takes each allowed call in one of its contexts, by turns, and the long form takes those with a callback so. Of
       * the majors between 3 and 7 the short form takes a third of the calls each, so that one of them takes each call.
       */
      const isInShort = (index: number) => !BETWEEN.includes(major) || index % BETWEEN.length === BETWEEN.indexOf(major);

      async function check(all: readonly Row[]): Promise<void> {
        const wrong: string[] = [];
        const rows = all.filter((_, index) => isLong || isInShort(index));
        for (const [index, {name, refused, make}] of rows.entries()) {
          const refusing = await make();
          for (const byCallback of [false, true]) {
            for (const [turnOf, [context, within, isOther]] of CONTEXTS.entries()) {
              const isItsTurn = turnOf % 2 === index % 2;
              if (!isOther && !(isLong ? !byCallback || isItsTurn : !byCallback && isItsTurn)) continue;
              // a refused call has changed nothing
              const call = isOther ? refusing : await make();
              await turn();
              calls = [];
              const code = await within(() => outcome(call, refused, byCallback));
              const isAsItShould = isOther ? code === 'TENANT_MISMATCH' && calls.length === 0 : code !== 'TENANT_MISMATCH';
              if (isAsItShould) continue;
              wrong.push(`${name}${byCallback ? ' by callback' : ''} in ${context}: ${String(code)}; connector: ${calls.join()}`);
            }
          }
        }
        expect(wrong).to.deep.equal([]);
      }

      const kindOf = (name: string, throwing: readonly string[]): Refused =>
        throwing.includes(name) || name.endsWith('Sync') ? 'throws' : name === 'isActual' ? 'either' : 'answers';

      it('is refused in another tenant’s context: each method of a datasource', async () => {
        const names = functionsOf(juggler.DataSource.prototype).filter(name => !ALLOWED_OF_DATA_SOURCE.includes(name));
        expect(names).to.include.members(['automigrate', 'discoverSchemas', 'attach']);
        await check(
          names.map(name => ({
            name,
            // without a callback, the memory connector's transaction is returned at once
            refused: name === 'transaction' ? 'either' : kindOf(name, THROWING_OF_DATA_SOURCE),
            make: () => {
              const dataSource = open();
              notes(dataSource);
              if (name === 'transaction')
                return done => (done ? dataSource.transaction(undefined, done) : dataSource.transaction());
              if (name === 'execute') return done => dataSource.execute('command', ...(done ? [done] : []));
              return (...done) => dataSource[name](...done);
            },
          })),
        );
      });

      it('is refused: each method of a builder, and of a model that changes the model', async () => {
        const builder = juggler.ModelBuilder.prototype;
        const names = functionsOf(builder).filter(name => !ALLOWED_OF_BUILDER.includes(name));
        const rows: Row[] = names.map(name => ({
          name,
          refused: 'throws',
          make: () => {
            const {modelBuilder} = open();
            return () => modelBuilder[name]('Made', {});
          },
        }));
        for (const name of ['defineProperty', 'extend', 'mixin', 'attachTo']) {
          rows.push({
            name: `static ${name}`,
            refused: 'throws',
            make: () => {
              const {Note} = notes();
              const other = open();
              return () => Note[name](...(name === 'attachTo' ? [other] : ['made', {type: String}]));
            },
          });
        }
        await check(rows);
      });

      for (const kind of ['memory', 'kv-memory'] as const) {
        it(`is refused: each data access method of a model of ${kind}`, async () => {
          const names = Object.keys(open(kind).DataAccessObject).filter(
            name =>
              typeof open(kind).DataAccessObject[name] === 'function' && !/^_/.test(name) && !ALLOWED_STATICS.includes(name),
          );
          expect(names).to.include.members(['search', kind === 'memory' ? 'find' : 'iterateKeys']);
          await check(
            names.map(name => ({
              name,
              refused: kindOf(name, THROWING_STATICS),
              make: () => {
                const Model = open(kind).createModel('Entry', {text: String});
                return (...done) => Model[name](...(name === 'search' ? ['x'] : []), ...done);
              },
            })),
          );
        });
      }

      it('is refused: each data access method of an instance, which may be built anywhere', async () => {
        const names = functionsOf(open().DataAccessObject.prototype).filter(name => !ALLOWED_OF_INSTANCES.includes(name));
        expect(names).to.include.members(['save', 'destroy', 'reload']);
        for (const isBuiltElsewhere of [false, true]) {
          await check(
            names.map(name => ({
              name,
              refused: 'answers',
              make: async () => {
                const {Note} = notes();
                const note = isBuiltElsewhere
                  ? TenantContext.run('globex', () => new Note({id: 1, text: 'x', meta: {size: 1}}))
                  : await Note.create({text: 'x'});
                const args: Record<string, unknown[]> = {updateAttribute: ['text', 'y']};
                return (...done) => note[name](...(args[name] ?? (/attributes/i.test(name) ? [{text: 'y'}] : [])), ...done);
              },
            })),
          );
        }
      });

      it('is refused: each relation and each scope', async () => {
        const data: Record<string, unknown[]> = {create: [{name: 'x'}], updateAll: [{name: 'y'}], destroyAll: [{}]};
        const methods: Record<string, string[]> = {
          tags: ['create', 'findById', 'destroy', 'updateById', 'exists', 'count', 'destroyAll', 'updateAll', 'findOne'],
          labels: ['create', 'findById', 'destroy', 'count', 'add', 'remove', 'exists'],
          parts: ['create'],
          seen: ['create', 'findById', 'add'],
          top: ['create', 'update', 'destroy', 'get'],
          note: ['create', 'get', 'update', 'destroy'],
        };
        const rows: Row[] = Object.entries(methods).flatMap(([relation, names]) =>
          [...names, ''].map(name => ({
            name: `${relation}.${name}`,
            refused: 'answers' as const,
            make: async () => {
              const {Note, Tag} = notes();
              const note = await Note.create({text: 'x'});
              const tag = await Tag.create({name: 't', noteId: note.id, topId: note.id});
              const owner = relation === 'note' ? await Tag.findById(tag.id) : await Note.findById(note.id);
              return (...done: unknown[]) => {
                const accessor = owner[relation];
                if (!name)
                  return relation === 'parts'
                    ? accessor.create({name: 'x'}, ...done)
                    : done.length
                      ? accessor(...done)
                      : (accessor.get?.() ?? accessor.find());
                return accessor[name](
                  ...(data[name] ??
                    (/^(add|remove|find|exists|updateById|destroy$)/.test(name) &&
                    !['top', 'note'].includes(relation) &&
                    name !== 'findOne'
                      ? [tag.id]
                      : name.startsWith('update')
                        ? [{name: 'z'}]
                        : [])),
                  ...(name === 'updateById' ? [{name: 'z'}] : []),
                  ...done,
                );
              };
            },
          })),
        );
        for (const name of ['', 'create', 'count', 'destroyAll', 'findOne', 'updateAll'])
          rows.push({
            name: `scope recent.${name}`,
            refused: 'answers',
            make: () => {
              const {Note} = notes();
              const args = name === 'updateAll' || name === 'create' ? [{text: 'y'}] : [];
              return (...done) =>
                name
                  ? Note.recent[name](...args, ...done)
                  : done.length
                    ? Note.recent(...done)
                    : (Note.recent.find?.() ?? Note.find());
            },
          });
        await check(rows);
      });
    });
  }
}
