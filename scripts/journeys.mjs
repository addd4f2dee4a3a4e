/**
 * Prints how many files of lib/ a journey enters, and how often control moves from one file to another.
 *
 *   node scripts/journeys.mjs [--files] [--dist DIR]
 *
 * --files lists the files of each journey in the order of their first entry. --dist measures the build of another checkout, so that two
 * states of the code can be compared; that checkout needs its own node_modules.
 *
 * A journey enters a file when it calls a function of that file. A call is a move when the call before it went to another file;
 * returns are not counted. Another tenant makes each journey first, so that work which is done once per process is not counted.
 */
import {parse} from 'acorn';
import assert from 'node:assert/strict';
import {readFileSync, realpathSync} from 'node:fs';
import Module, {createRequire} from 'node:module';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';

const {values: options} = parseArgs({
  options: {files: {type: 'boolean'}, dist: {type: 'string', default: path.resolve(import.meta.dirname, '..', 'dist')}},
});
// The hook below compares this with the paths that `require` gives it, in which links are resolved.
const dist = realpathSync(options.dist);
// The application below must get the same copies of juggler and of LoopBack as the measured code.
const require = createRequire(path.join(dist, 'index.js'));

/** The file of each call since the journey began; undefined between journeys. */
let calls;
globalThis.__entered = file => calls?.push(file);

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, filename) => {
  if (!filename.startsWith(dist + path.sep)) return load(module, filename);
  module._compile(instrument(readFileSync(filename, 'utf8'), path.relative(dist, filename)), filename);
};

/** Puts a call of `__entered` at the start of each function. */
function instrument(code, file) {
  const entered = `__entered(${JSON.stringify(file)})`;
  const insertions = [];
  const insert = (at, text) => insertions.push({at, text});

  visit(parse(code, {ecmaVersion: 'latest', sourceType: 'script', allowHashBang: true}));
  insertions.sort((one, other) => one.at - other.at);
  let [result, end] = ['', 0];
  for (const {at, text} of insertions) {
    result += code.slice(end, at) + text;
    end = at;
  }
  return result + code.slice(end);

  function visit(node) {
    if (/Function/.test(node.type)) enter(node.body);
    if (node.type === 'StaticBlock') insert(code.indexOf('{', node.start) + 1, `${entered};`);
    if (/^Class(Declaration|Expression)$/.test(node.type)) construct(node);
    for (const child of Object.values(node).flat()) if (typeof child?.type === 'string') visit(child);
  }

  function enter(body) {
    if (body.type === 'BlockStatement') return insert(body.start + 1, `${entered};`);
    // the expression of an arrow function
    insert(body.start, `(${entered},`);
    insert(body.end, ')');
  }

  /** Writes out the constructor that a class has when it declares none. */
  function construct({body, superClass}) {
    if (body.body.some(({kind}) => kind === 'constructor')) return;
    const constructor = superClass ? `constructor(...args){${entered};super(...args);}` : `constructor(){${entered};}`;
    insert(body.start + 1, constructor);
  }
}

const {DataSource, ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} = require('./index.js');
const ADDRESS = {street: String, city: String};
const JANE = {name: 'Jane', address: {street: 'Main Street', city: 'Springfield'}};

const registries = new TenantRegistries();
const following = new DataSource({connector: 'memory', modelRegistry: {registries}});
const sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
const Customer = sources.route(new ModelBuilder({registries}).define('Customer', {name: String, address: ADDRESS}));
const application = await startApplication();

/** Makes all journeys for one tenant. `measure` gets the name of each and the function that makes it. */
async function travel(tenant, measure) {
  const within = work => () => TenantContext.run(tenant, work);
  const Order = await measure(
    'createModel',
    within(() => following.createModel('Order', {name: String, address: ADDRESS})),
  );
  await measure(
    'first look at the model',
    within(() => {
      assert(Order.definition.properties.address);
      assert.equal(new Order(JANE).address.city, 'Springfield');
    }),
  );
  await sources.ensure(tenant);
  await measure(
    'create, routed model',
    within(async () => assert((await Customer.create(JANE)).id)),
  );
  await measure('offboard', async () => assert.equal((await registries.offboard(tenant)).dataSources, 1));
  await measure('first POST, LoopBack 4', () => application.post(tenant));
}

const journeys = new Map();
await travel('globex', (_, work) => work());
await travel('acme', async (name, work) => {
  // A journey leaves work for later turns of the event loop: that work belongs to this journey, not to the next one.
  await delay(50);
  calls = [];
  journeys.set(name, calls);
  const result = await work();
  await delay(50);
  calls = undefined;
  return result;
});
await application.stop();
await registries.dispose();

console.log(`${'journey'.padEnd(24)}${'files entered'.padStart(15)}${'moves between files'.padStart(22)}`);
for (const [name, trail] of journeys) {
  const moves = trail.filter((file, index) => index > 0 && file !== trail[index - 1]).length;
  console.log(`${name.padEnd(24)}${String(new Set(trail).size).padStart(15)}${String(moves).padStart(22)}`);
}
if (options.files) {
  for (const [name, trail] of journeys) console.log(`\n${[name, ...new Set(trail)].join('\n  ')}`);
}

/** A LoopBack 4 application with one route, which creates a person. Plain JavaScript has no decorators, so they are called as functions. */
async function startApplication() {
  const {inject} = require('@loopback/core');
  const {Entity, ModelDefinition, RepositoryMixin, defineCrudRepositoryClass} = require('@loopback/repository');
  const {RestApplication, createControllerFactoryForClass} = require('@loopback/rest');
  const {TenantBindings, TenantComponent} = require('./loopback4/index.js');

  class Person extends Entity {
    static definition = new ModelDefinition('Person')
      .addProperty('id', {type: 'number', id: true, generated: true})
      .addProperty('name', {type: 'string'})
      .addProperty('address', {type: ADDRESS});
  }
  const PersonRepository = defineCrudRepositoryClass(Person);
  inject('datasources.db')(PersonRepository, undefined, 0);
  class PersonController {
    constructor(people) {
      this.people = people;
    }

    create(person) {
      return this.people.create(person);
    }
  }
  inject('repositories.PersonRepository')(PersonController, undefined, 0);

  const app = new (RepositoryMixin(RestApplication))({rest: {port: 0, host: '127.0.0.1'}});
  app.repository(PersonRepository);
  const content = {'application/json': {schema: {type: 'object'}}};
  const operation = {requestBody: {content}, responses: {200: {description: 'The person', content}}};
  app.route('post', '/people', operation, PersonController, createControllerFactoryForClass(PersonController), 'create');
  app.bind(TenantBindings.REGISTRIES).to(new TenantRegistries());
  app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
  app.bind(TenantBindings.DATASOURCES).to({db: () => ({connector: 'memory'})});
  app.component(TenantComponent);
  await app.start();
  return {
    async post(tenant) {
      const headers = {'Content-Type': 'application/json', 'X-Tenant': tenant};
      const response = await fetch(`${app.restServer.url}/people`, {method: 'POST', headers, body: JSON.stringify(JANE)});
      assert.equal(response.status, 200, await response.clone().text());
      assert.equal((await response.json()).address.city, 'Springfield');
    },
    stop: () => app.stop(),
  };
}
