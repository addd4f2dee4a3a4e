import {expect} from 'chai';
import {ModelBuilder, ModelRegistry} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {liveClasses} from '../../support/live-classes';

const TAG = Symbol('tag');
const nextJob = () => new Promise(setImmediate);

describe('Resolving the same object again', () => {
  let registry: ModelRegistry;
  let builder: any;
  let shape: any;
  let first: any;

  beforeEach(() => {
    registry = new ModelRegistry();
    builder = new ModelBuilder({registry});
    shape = {
      name: String,
      code: {type: String, mysql: {columnName: 'code'}, default: {level: 1}},
      part: {from: {city: String, since: Date}, open: Boolean},
      tags: [{label: String}],
      words: Object.assign([String], {index: true, [TAG]: 1}),
      since: {type: Date, after: new Date(1), [TAG]: {of: new Map([['a', 1]])}},
    };
    first = builder.resolveType(shape);
  });

  const isFound = () => builder.resolveType(shape) === first;

  const changes: Record<string, (shape: any) => void> = {
    'a type is replaced': shape => (shape.name = Number),
    'a type deep inside is replaced': shape => (shape.part.from.city = Number),
    'a property is added': shape => (shape.size = Number),
    'a property deep inside is added': shape => (shape.part.from.zip = String),
    'a property is deleted': shape => delete shape.name,
    'a property deep inside is deleted': shape => delete shape.part.from.since,
    'the order of properties changes': shape => {
      const {city, ...others} = shape.part.from;
      delete shape.part.from.city;
      Object.assign(shape.part.from, others, {city});
    },
    'a property becomes null': shape => (shape.name = null),
    'an attribute changes': shape => (shape.code.mysql.columnName = 'number'),
    'an attribute is added': shape => (shape.code.mysql.dataLength = 20),
    'a default object changes': shape => (shape.code.default.level = 2),
    'a default object is replaced by an equal one': shape => (shape.code.default = {level: 1}),
    'an item of a list changes': shape => (shape.tags[0].label = Number),
    'an item is added to a list': shape => shape.tags.push('more'),
    'a list gets an attribute': shape => (shape.words.required = true),
    'an attribute of a list changes': shape => (shape.words.index = {unique: true}),
    'a list loses an attribute': shape => delete shape.words.index,
    'a date changes': shape => shape.since.after.setTime(2),
    'a date is replaced by another': shape => (shape.since.after = new Date(2)),
    'a map changes': shape => shape.since[TAG].of.set('b', 2),
    'a symbol is added': shape => (shape[TAG] = 1),
    'a symbol deep inside is added': shape => (shape.part.from[TAG] = 1),
    'the value of a symbol changes': shape => (shape.words[TAG] = 2),
    'a symbol is replaced by another of the same description': shape => {
      delete shape.words[TAG];
      shape.words[Symbol('tag')] = 1;
    },
    'a symbol is deleted': shape => delete shape.since[TAG],
    'a shape is replaced by another': shape => (shape.part = {open: Boolean}),
    'the object gets another prototype': shape => Object.setPrototypeOf(shape, {more: String}),
  };
  for (const [title, change] of Object.entries(changes)) {
    it(`gives another class when ${title}`, () => {
      change(shape);
      expect(isFound()).to.equal(false);
      const second = builder.resolveType(shape);
      expect(second === first).to.equal(false);
      expect(builder.resolveType(shape) === second).to.equal(true);
    });
  }

  it('gives another class when a list gets a key that is no index', () => {
    shape.tags.more = String;
    expect(isFound()).to.equal(false);
  });

  it('gives the same class when a change is undone, and when a part is replaced by an equal one', () => {
    shape.name = Number;
    expect(isFound()).to.equal(false);
    shape.name = String;
    expect(isFound()).to.equal(true);
    shape.part = {from: {city: String, since: Date}, open: Boolean};
    expect(isFound()).to.equal(true);
  });

  it('gives another class when a getter of the object returns another type', () => {
    let type: unknown = String;
    Object.defineProperty(shape, 'name', {get: () => type, enumerable: true, configurable: true});
    expect(isFound()).to.equal(true);
    type = Number;
    expect(isFound()).to.equal(false);
  });

  it('gives another class when a type name in the object means another model', () => {
    builder.define('Address', {street: String});
    const home = {address: 'Address', at: {type: 'string', label: 'home'}};
    const found = builder.resolveType(home);
    expect(builder.resolveType(home) === found).to.equal(true);
    const Redefined = builder.define('Address', {zip: String});
    const second = builder.resolveType(home);
    expect(second === found).to.equal(false);
    expect(second.definition.properties.address.type === Redefined).to.equal(true);
  });

  it('gives another class for another strictness or base class', () => {
    builder.settings.strictEmbeddedModels = 'throw';
    expect(isFound()).to.equal(false);
    builder.settings.strictEmbeddedModels = false;
    expect(isFound()).to.equal(true);
    builder.defaultModelBaseClass = builder.define('Base');
    expect(isFound()).to.equal(false);
  });

  it('gives another class in another registry', () => {
    const other: any = new ModelBuilder({registry: new ModelRegistry()});
    expect(other.resolveType(shape) === first).to.equal(false);
    expect(isFound()).to.equal(true);
  });

  const changesOfTheClass: Record<string, (Model: any) => void> = {
    'a static': Model => (Model.parse = () => {}),
    'a static that is not enumerable': Model => Object.defineProperty(Model, 'parse', {value: () => {}}),
    'a method': Model => (Model.prototype.print = () => {}),
    'a method that is not enumerable': Model => Object.defineProperty(Model.prototype, 'print', {value: () => {}}),
    'a validation': Model => Model.validatesPresenceOf('name'),
    'an observer': Model => Model.observe('before save', () => {}),
    'a listener': Model => Model.on('changed', () => {}),
    'a setter': Model => (Model.setter.name = () => {}),
    'a setting': Model => (Model.settings.strict = true),
    'an attribute': Model => (Model.definition.properties.name.required = true),
    'a date in an attribute': Model => Model.definition.properties.since.after.setTime(2),
    'a symbol of the raw properties': Model => (Model.definition.rawProperties[TAG] = 1),
    'a symbol of a raw property': Model => (Model.definition.rawProperties.since[TAG] = 1),
    'an attribute of a raw list': Model => (Model.definition.rawProperties.words.required = true),
    'a property': Model => Model.defineProperty('size', {type: Number}),
    'a listener on an embedded class within it': () => (registry.findByStructure(shape.part) as any).on('changed', () => {}),
    'its deletion': Model => builder.deleteModelByName(Model.modelName),
  };
  for (const [title, change] of Object.entries(changesOfTheClass)) {
    it(`gives another class after a change of the class: ${title}`, () => {
      change(first);
      expect(isFound()).to.equal(false);
      expect(isFound()).to.equal(false);
    });
  }

  it('gives another class when the base class gets another static', () => {
    const {base} = first;
    const {getPropertyType} = base;
    base.getPropertyType = () => 'mine';
    try {
      expect(isFound()).to.equal(false);
    } finally {
      base.getPropertyType = getPropertyType;
    }
  });

  it('does not keep a class alive that its registry has dropped', async () => {
    const kept = {once: String};
    lookedAt(builder.define('Customer', {part: kept}));
    builder.resolveType(kept);
    await nextJob();
    for (let i = 0; i < 100; i++) lookedAt(builder.define('Customer', {part: {[`key${i}`]: String}}));
    await nextJob();
    // collects
    liveClasses();
    expect(registry.findByStructure({once: String}) === undefined).to.equal(true);
  });
});
