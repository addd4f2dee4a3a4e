import {TenantRegistries} from '../../lib/index';
import {isSharedPrototype} from '../../lib/scoped-registry/classes/shared-prototype';
import {isStaticLayer} from '../../lib/scoped-registry/classes/static-layer';
import {defineFor, KINDS, lookAt, type Tenant} from '../support/one-class-of-a-tenant';
import {JUGGLERS} from '../support/side-by-side';

/** What may be done first: each makes parts of a class that are made on first use. */
const STATES: Record<string, (tenant: Tenant) => void> = {
  'right after they are defined': () => {},
  'after their lazy parts are made': tenant => {
    for (const classOf of Object.values(KINDS)) lookAt(classOf(tenant));
  },
  'after they are used': tenant => {
    for (const classOf of Object.values(KINDS)) use(classOf(tenant));
  },
  'after they are attached to a datasource': tenant => {
    const dataSource = tenant.newDataSource();
    for (const Model of [tenant.Base, tenant.Model, tenant.Special]) dataSource.attach(Model);
    for (const classOf of Object.values(KINDS)) use(classOf(tenant));
    tenant.Model.belongsTo(tenant.Base, {as: 'owner', foreignKey: 'ownerId'});
    tenant.Model.embedsMany(tenant.Base, {property: 'kept'});
    tenant.Model.scope('few', {limit: 1});
    lookAt(tenant.Model);
  },
};

function use(Model: any): void {
  Model.validatesLengthOf('a', {min: 1});
  Model.observe('access', async () => {});
  Model.on('e', () => {});
  Model.getter.none = () => {};
  Model.setter.none = () => {};
  Model.defineProperty('added', {type: [{a: String}], mysql: {columnName: 'ADDED'}});
  Model.definition.toJSON();
  Model.definition.ids();
  Model._warned.once = true;
}

describe('The classes of two tenants share no mutable object', () => {
  for (const {major, juggler} of JUGGLERS) {
    for (const [state, prepare] of Object.entries(STATES)) {
      it(`${state} (juggler ${major})`, () => {
        const registries = new TenantRegistries();
        const [acme, globex] = ['acme', 'globex'].map(tenant => {
          const made = defineFor({registries, tenant}, juggler);
          prepare(made);
          return reached(
            Object.values(KINDS).map(classOf => classOf(made)),
            juggler,
          );
        });
        const {models, definitions} = registries.shared;
        // names of shared models are seen through these; a datasource gives out the juggler that it is of
        const explained = new Set<object>([models, definitions, juggler]);
        const shared = [...acme].filter(
          ([object]) => globex.has(object) && !explained.has(object) && !isInherited(object) && !Object.isFrozen(object),
        );
        const paths = shared.map(([object, path]) => `${path}: ${Object.keys(object).slice(0, 5).join(', ')}`);
        if (paths.length > 0) throw new Error(`Both tenants reach\n${paths.slice(0, 20).join('\n')}`);
        if (acme.size < 50) throw new Error(`Only ${acme.size} objects were found at all`);
      });
    }
  }
});

/**
 * What classes and their definitions inherit from, as they do on stock from what the whole process shares: assignment and
 * definition of properties leave it as it is. What it leads to counts.
 */
function isInherited(object: object): boolean {
  const isOfDefinitions = Object.hasOwn(object, 'rawProperties') && !Object.hasOwn(object, 'modelBuilder');
  return isStaticLayer(object) || isSharedPrototype(object) || isOfDefinitions;
}

/**
 * Every object that can be reached, with the way to it. Not entered, because the whole process shares them: juggler's own
 * classes and prototypes, its base class, and functions other than model classes, which keep what they close over.
 */
function reached(classes: object[], juggler: any): Map<object, string> {
  const found = new Map<object, string>();
  const queue: [unknown, string][] = classes.map(model => [model, (model as {modelName: string}).modelName]);
  const visit = (value: unknown, path: string) => void queue.push([value, path]);
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [value, path] = next;
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue;
    if (found.has(value) || isOfProcess(value, juggler)) continue;
    if (typeof value === 'function' && !isTenantClass(value, juggler)) continue;
    found.set(value, path);
    visit(Object.getPrototypeOf(value), `${path}’s prototype`);
    for (const key of Reflect.ownKeys(value)) {
      const {get, set, value: own} = Object.getOwnPropertyDescriptor(value, key)!;
      const at = `${path}.${String(key)}`;
      for (const part of [get, set, own]) visit(part, at);
      // a part that is made on first use, also an inherited one; an accessor of a prototype has no instance to ask
      if (get && typeof value === 'function') visit(read(value, key), at);
    }
    if (typeof value === 'function') for (const key in value) visit(read(value, key), `${path}.${key}`);
    const {properties, settings} = value as {properties?: unknown; settings?: unknown};
    if ('rawProperties' in value) for (const part of [properties, settings]) visit(part, `${path} (of the definition)`);
  }
  return found;
}

function read(object: object, key: string | symbol): unknown {
  return (object as Record<string | symbol, unknown>)[key];
}

function isTenantClass(value: Function, {ModelBaseClass}: any): boolean {
  return value.prototype instanceof ModelBaseClass;
}

/** What no tenant owns: juggler’s and the platform’s classes, with all that hangs on them. */
function isOfProcess(value: object, {ModelBaseClass, ModelBuilder, DataSource, Connector}: any): boolean {
  if (value === ModelBaseClass || value === ModelBaseClass.prototype || value === Object.getPrototypeOf(ModelBaseClass))
    return true;
  if ([ModelBuilder, DataSource, Connector].some(Class => Class && (value === Class.prototype || value === Class))) return true;
  const {constructor} = value as {constructor?: Function};
  // a prototype of a class that is not a model’s
  return Object.hasOwn(value, 'constructor') && constructor?.prototype === value && !isTenantClass(constructor, {ModelBaseClass});
}
