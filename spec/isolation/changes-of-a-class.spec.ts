import {TenantRegistries} from '../../lib/index';
import {thorough} from '../support/assert-property';
import {CHANGED, defineAgain, defineFor, KINDS, lookAt, type Tenant} from '../support/one-class-of-a-tenant';
import {differences, portrait, type Portrait} from '../support/portrait';
import {JUGGLERS} from '../support/side-by-side';

type Change = (Model: any, tenant: Tenant) => unknown;

const STATICS = [
  ...[
    'emit',
    'on',
    'once',
    'listenerCount',
    'toString',
    'mixin',
    'getPropertyType',
    'observe',
    'notifyObserversOf',
    'isHiddenProperty',
  ],
  ...[
    'validatesPresenceOf',
    'validate',
    'defineProperty',
    'getMergePolicy',
    'beforeCreate',
    'afterInitialize',
    'extend',
    'attachTo',
  ],
  ...['forEachProperty', 'registerProperty', 'getDataSource', 'belongsTo', 'hasMany', 'scope'],
];
const METHODS = [
  'toObject',
  'toJSON',
  'isValid',
  'trigger',
  'inspect',
  'getPropertyType',
  'fromObject',
  '_initProperties',
  'reset',
];

/** Every kind of change that code makes to a class. */
const CHANGES: Record<string, Change> = {
  'a static is assigned': Model => (Model.mine = 1),
  'a static is defined': Model => Object.defineProperty(Model, 'mine', {value: 1, enumerable: false}),
  'a computed static is defined': Model => Object.defineProperty(Model, 'mine', {get: CHANGED, enumerable: true}),
  'a static is mixed in': Model => Object.assign(Model, {mine: {deep: 1}}),
  ...Object.fromEntries(
    STATICS.map((name): [string, Change] => [`the static ${name} is replaced`, Model => (Model[name] = CHANGED)]),
  ),
  'a static is replaced by a descriptor': Model =>
    Object.defineProperty(Model, 'getPropertyType', {value: CHANGED, enumerable: true}),
  'its rank, plural and base are replaced': Model => Object.assign(Model, {__rank: 9, pluralModelName: 'Many', base: undefined}),
  'its path is changed': Model => (Model.http.path = '/mine'),
  'its internal properties are hidden': Model => (Model.hideInternalProperties = true),
  'a warning is noted': Model => (Model._warned.mine = true),
  'its statics get another prototype': Model =>
    Object.setPrototypeOf(Model, Object.create(Object.getPrototypeOf(Model) as object, {mine: {value: 1}})),

  'a method is added': Model => (Model.prototype.mine = CHANGED),
  ...Object.fromEntries(
    METHODS.map((name): [string, Change] => [`the method ${name} is replaced`, Model => (Model.prototype[name] = CHANGED)]),
  ),
  'a method is defined': Model => Object.defineProperty(Model.prototype, 'mine', {value: CHANGED, enumerable: false}),
  'an accessor is added': Model => Object.defineProperty(Model.prototype, 'mine', {get: CHANGED, set: CHANGED}),
  'an accessor is replaced': Model => Object.defineProperty(Model.prototype, 'a', {get: CHANGED, configurable: true}),
  'a raw accessor is replaced': Model => Object.defineProperty(Model.prototype, '$a', {get: CHANGED, configurable: true}),
  'an accessor is made a value': Model => Object.defineProperty(Model.prototype, 'a', {value: 1, writable: true}),
  'an accessor is deleted': Model => delete Model.prototype.a,
  'a raw accessor is deleted': Model => delete Model.prototype.$a,
  'the constructor is replaced': Model => (Model.prototype.constructor = function Other() {}),
  'its prototype gets another prototype': Model =>
    Object.setPrototypeOf(
      Model.prototype,
      Object.create(Object.getPrototypeOf(Model.prototype) as object, {mine: {value: CHANGED, enumerable: true}}),
    ),

  'a validation is added': Model => Model.validatesPresenceOf('a'),
  'a validating function is added': Model => Model.validate('a', CHANGED, {message: 'no'}),
  'an asynchronous validating function is added': Model => Model.validateAsync('a', CHANGED, {message: 'no'}),
  'a validation is written': Model => {
    Model.validatesLengthOf('a', {min: 1});
    Model.validations.a[0].min = 5;
    Model.validations.mine = [];
  },
  'its validations are replaced': Model => (Model.validations = {a: []}),
  'an observer is added': Model => Model.observe('access', CHANGED),
  'an observer is added and the list written to': Model => {
    Model.observe('access', CHANGED);
    Model._observers.access.push(CHANGED);
  },
  'an observer is written': Model => (Model._observers.access = [CHANGED]),
  'its observers are replaced': Model => (Model._observers = {access: [CHANGED]}),
  'a listener is added': Model => Model.on('e', CHANGED),
  'a listener is added by a detached once': ({once}) => once('e', CHANGED),
  'the limit of listeners is raised': Model => Model.setMaxListeners(77),
  'a getter is set': Model => (Model.getter.a = CHANGED),
  'a setter is set': Model => (Model.setter.a = CHANGED),
  'its getters are replaced': Model => (Model.getter = {a: CHANGED}),

  'a property is defined': Model => Model.defineProperty('mine', {type: String, default: 'x'}),
  'a nested property is defined': Model => Model.defineProperty('mine', {type: {a: {b: String}}}),
  'a property is redefined': Model => Model.defineProperty('a', {type: Number, required: true}),
  'the builder defines a property': (Model, {builder}) => builder.defineProperty(Model.modelName, 'mine', Number),
  'the builder extends it': (Model, {builder}) => builder.extendModel(Model.modelName, {mine: [String], more: Date}),
  'a property is registered again, required': Model => {
    Model.definition.properties.a.required = true;
    Model.registerProperty('a');
  },
  'an attribute is added': Model => (Model.definition.properties.a.required = true),
  'an object in an attribute is changed': Model => (Model.definition.properties.a.mysql.columnName = 'mine'),
  'an object in an attribute of the raw property is changed': Model => (Model.definition.rawProperties.c.index.unique = 'mine'),
  'an attribute is deleted': Model => delete Model.definition.properties.a.mysql,
  'a type is changed': Model => (Model.definition.properties.a.type = Number),
  'a default is given': Model => (Model.definition.properties.c.default = 5),
  'a property is added to the definition': Model => (Model.definition.properties.mine = {type: Number}),
  'a property is deleted from the definition': Model => delete Model.definition.properties.a,
  'the properties are replaced': Model => (Model.definition.properties = {a: {type: Number}}),
  'a raw property is changed': Model => {
    Model.definition.rawProperties.a = {type: Boolean};
    Model.definition.build(true);
  },
  'the definition gets another name': Model => (Model.definition.name = 'mine'),
  'a relation of the definition is added': Model => Model.definition.relations.push({as: 'mine'}),
  'a method of the definition is replaced': Model => (Model.definition.toJSON = CHANGED),
  'the definition as JSON is changed': Model => (Model.definition.toJSON().properties.a.mine = 1),
  'the ids are changed': Model => Model.definition.ids().push({name: 'mine', id: 5, property: {}}),
  'the definition is replaced': Model =>
    (Model.definition = Object.assign(Object.create(Object.getPrototypeOf(Model.definition) as object), Model.definition, {
      name: 'mine',
    })),
  'a setting is added': Model => (Model.settings.mine = 1),
  'a setting is changed': Model => (Model.settings.strict = true),
  'an object in a setting is changed': Model => {
    Model.settings.custom ??= {deep: {}};
    Model.settings.custom.deep.value = 'mine';
  },
  'a property is hidden': Model => {
    Model.settings.hidden = [...(Model.settings.hidden ?? []), 'a'];
    delete Model.settings.hiddenProperties;
  },
  'a property is hidden in the map': Model => {
    Model.isHiddenProperty('a');
    Model.settings.hiddenProperties.a = true;
  },
  'the settings are replaced': Model => (Model.settings = Model.definition.settings = {strict: true}),

  'a relation is written': Model => (Model.relations.mine = {name: 'mine', type: 'hasMany'}),
  'its relations are replaced': Model => (Model.relations = {mine: {}}),
  'it is attached to a datasource': (Model, {newDataSource}) => Model.attachTo(newDataSource()),
  'it is attached and loses a method': (Model, {newDataSource}) => {
    Model.attachTo(newDataSource());
    Model.find = Model.prototype.save = CHANGED;
  },
  'it belongs to another': (Model, {newDataSource, Base}) => {
    newDataSource().attach(Base);
    Model.attachTo(newDataSource());
    Model.belongsTo(Base, {as: 'mine', foreignKey: 'mineId'});
  },
  'it embeds another': (Model, {newDataSource, Base}) => {
    newDataSource().attach(Base);
    Model.attachTo(newDataSource());
    Model.embedsMany(Base, {property: 'mine'});
  },
  'it references others': (Model, {newDataSource, Base}) => {
    newDataSource().attach(Base);
    Model.attachTo(newDataSource());
    Model.referencesMany(Base, {property: 'mine'});
  },
  'a scope is added': (Model, {newDataSource}) => {
    Model.attachTo(newDataSource());
    Model.scope('mine', {where: {a: '1'}});
  },
  'a class is mixed in': Model =>
    Model.mixin(
      class {
        static mine = 1;
      },
    ),
  'a model is mixed in': (Model, {builder}) => Model.mixin(builder.define('Mixin', {mine: String})),
  'a named mixin is applied': (Model, {builder, newDataSource}) => {
    builder.mixins.define('Mine', (Class: any) => (Class.mine = 1));
    Model.mixin('Mine');
    Model.attachTo(newDataSource());
  },
  'the class is mixed into another class, and that one is changed': (Model, {builder}) => {
    const Other = builder.define('Other', {other: String});
    Other.mixin(Model);
    Object.assign(Other, {mine: 1});
    Object.assign(Model, {mine: 2});
  },
  'the class is extended, and the subclass is changed': Model => {
    const Sub = Model.extend('Sub', {mine: String});
    Sub.validatesPresenceOf('a');
    Sub.settings.mine = Sub.definition.properties.a.mine = 1;
    Model.mine = 1;
  },
};

/**
 * Changes of an embedded class that the look-up by structure does not notice: the same tenant finds the changed class again for the
 * same structure. Another tenant never finds it.
 */
const UNNOTICED = new Set([
  ...['emit', 'on', 'once', 'listenerCount', 'mixin', 'extend', 'attachTo', 'forEachProperty', 'registerProperty'].map(
    name => `the static ${name} is replaced`,
  ),
  ...['its path is changed', 'a warning is noted', 'the limit of listeners is raised'],
  ...['its statics get another prototype', 'its prototype gets another prototype'],
  ...['an object in an attribute is changed', 'an object in an attribute of the raw property is changed'],
  ...['the definition gets another name', 'a relation of the definition is added', 'a method of the definition is replaced'],
  ...['the definition as JSON is changed', 'the ids are changed', 'the definition is replaced'],
]);

/** Changes without effect: a class can replace the accessors of a property, which it shares with other classes, but not delete them. */
const WITHOUT_EFFECT = new Set(['an accessor is deleted', 'a raw accessor is deleted']);

/** The kinds of classes that are looked up by structure. */
const FOUND_BY_STRUCTURE = new Set(['an embedded class', 'one within', 'an item of a list']);

const kinds = thorough ? Object.keys(KINDS) : ['a named class', 'one with a base', 'one within'];

describe('A change of one class shows in no other class', () => {
  for (const {major, juggler, share} of JUGGLERS) {
    if (share < 1 && !thorough) continue;
    for (const [title, change] of Object.entries(CHANGES)) {
      it(`when ${title} (juggler ${major})`, async () => {
        const hasEffect = !WITHOUT_EFFECT.has(title);
        for (const kind of kinds)
          await checkAlone(juggler, kind, change, {
            hasEffect,
            foundAgain: FOUND_BY_STRUCTURE.has(kind) && (!hasEffect || UNNOTICED.has(title)),
          });
      });
    }
  }
});

/** How each class looks as it was made. */
const untouched = new Map<unknown, Map<string, Portrait>>();

function expected(juggler: unknown, kind: string): Portrait {
  let portraits = untouched.get(juggler);
  if (!portraits) {
    const looks = ['Base', ...Object.keys(KINDS)].map(kind => {
      const tenant = defineFor({registries: new TenantRegistries(), tenant: 'control'}, juggler);
      return [kind, portrait(lookAt(kind === 'Base' ? tenant.Base : KINDS[kind](tenant)))] as const;
    });
    untouched.set(juggler, (portraits = new Map(looks)));
  }
  return portraits.get(kind)!;
}

async function checkAlone(
  juggler: any,
  kind: string,
  change: Change,
  {hasEffect, foundAgain}: {hasEffect: boolean; foundAgain: boolean},
): Promise<void> {
  const asMade = expected(juggler, kind);
  const base = own(juggler.ModelBaseClass);
  const registries = new TenantRegistries();
  // a look writes a little into a class, as juggler does: each is looked at once
  const [acme, globex, initech] = ['acme', 'globex', 'initech'].map(tenant => defineFor({registries, tenant}, juggler));
  const classOf = KINDS[kind];
  const Changed = classOf(acme);
  const check = (who: string, Model: any, expected = asMade) => {
    const seen = differences(expected, portrait(lookAt(Model)), ['made', 'seen']);
    if (seen) throw new Error(`${who} (${kind}) saw it:\n${seen}`);
  };

  change(Changed, acme);

  if (Boolean(differences(asMade, portrait(lookAt(Changed)))) !== hasEffect)
    throw new Error(`${kind} itself ${hasEffect ? 'does not see' : 'sees'} it`);
  check('a class of another tenant', classOf(globex));
  check(
    'a class that was changed before, of a tenant that came later',
    classOf(defineFor({registries, tenant: 'later'}, juggler)),
  );
  const again = {...acme, ...defineAgain(acme.builder)};
  if (!foundAgain) check('the next class of the same tenant', classOf(again));
  check('its base', again.Base, expected(juggler, 'Base'));
  await registries.offboard('acme');
  check('a class of a tenant that came when the first had left', classOf(defineFor({registries, tenant: 'last'}, juggler)));
  registries.reinstate('acme');
  check('a class of the tenant once it is back', classOf(defineFor({registries, tenant: 'acme'}, juggler)));
  check('a class that was there all the time', classOf(initech));
  const now = own(juggler.ModelBaseClass);
  const different = [...new Set([...base.keys(), ...now.keys()])].filter(name => base.get(name) !== now.get(name));
  if (different.length > 0) throw new Error(`the base class of all (${kind}) has other ${different.join(', ')}`);
}

/** What a class has of its own, itself and on its prototype, by identity; lists by their length. */
function own(Model: any): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const place of [Model, Model.prototype] as object[]) {
    for (const [name, {value, get}] of Object.entries(Object.getOwnPropertyDescriptors(place))) {
      values.set(`${typeof place} ${name}`, Array.isArray(value) ? value.length : (value ?? get));
    }
  }
  return values;
}
