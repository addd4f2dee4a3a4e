import {expect} from 'chai';
import {ModelBuilder, TenantRegistries} from '../../lib/index';
import {arePropertiesEquivalent, findEquivalentAnonymousModel, ModelRegistry} from '../../lib/compat';
import {freshDefault} from '../support/process-default';
import type {AnyModel} from '../support/service';

const cyclic = () => {
  const properties: Record<string, unknown> = {name: String};
  return Object.assign(properties, {self: {type: properties}});
};

const named = (name: string) => ({[name]: class {}})[name];

describe('Structures in the global registry', () => {
  freshDefault();
  const register = (name: string, properties: unknown, settings = {}) =>
    ModelRegistry.registerModel({modelName: name, settings}, properties);

  const DIFFERENT: Record<string, [unknown, unknown]> = {
    'shorthand types': [{age: Number}, {age: String}],
    'types of items': [{tags: [Number]}, {tags: [String]}],
    'types with attributes': [{age: {type: Number}}, {age: {type: String}}],
    'defaults that are functions': [{age: {type: Number, default: () => 1}}, {age: {type: Number, default: () => 2}}],
    'names with the same 32-bit hash': [{f765: String}, {f8u7: String}],
    'names with the same 32-bit hash, in shorthand': [{gg7z: String}, {gjt4: String}],
    attributes: [{age: {type: Number, required: true}}, {age: {type: Number}}],
    'classes of one name': [{part: named('AnonymousModel_0')}, {part: named('AnonymousModel_0')}],
    'a list and an object with the same keys': [{list: [String]}, {list: {0: String}}],
  };
  for (const [title, [one, other]] of Object.entries(DIFFERENT)) {
    it(`are told apart: ${title}`, () => {
      const model = register('One', one);
      expect(ModelRegistry.findModelByStructure(one)).to.equal(model);
      expect(ModelRegistry.findModelByStructure(other)).to.equal(null);
      expect(ModelRegistry.generateFingerprint(one)).not.to.equal(ModelRegistry.generateFingerprint(other));
      expect(arePropertiesEquivalent(one, other)).to.equal(false);
    });
  }

  const EQUAL: Record<string, [unknown, unknown]> = {
    'in another order of keys': [
      {a: String, b: {type: {c: Number, d: Date}}},
      {b: {type: {d: Date, c: Number}}, a: String},
    ],
    'with a type in place of its name': [{a: 'string'}, {a: String}],
  };
  for (const [title, [one, other]] of Object.entries(EQUAL)) {
    it(`are found again ${title}`, () => {
      const model = register('One', one);
      expect(ModelRegistry.findModelByStructure(other)).to.equal(model);
      expect(ModelRegistry.generateFingerprint(one))
        .to.equal(ModelRegistry.generateFingerprint(other))
        .and.match(/^h[0-9a-f]{64}$/);
    });
  }

  it('are found with a default that is an object, the same one', () => {
    const value = {};
    const model = register('One', {a: {type: Object, default: value}});
    expect(ModelRegistry.findModelByStructure({a: {type: Object, default: value}})).to.equal(model);
    expect(ModelRegistry.findModelByStructure({a: {type: Object, default: {}}})).to.equal(null);
  });

  it('are found with the strictness that is asked for; strict and lax models of one structure exist side by side', () => {
    const lax = register('Lax', {a: String});
    const strict = register('Strict', {a: String}, {strict: true});
    for (let time = 0; time < 3; time++) {
      expect(ModelRegistry.findModelByStructure({a: String})).to.equal(lax);
      expect(ModelRegistry.findModelByStructure({a: String}, {settings: {strictEmbeddedModels: true}})).to.equal(strict);
      expect(ModelRegistry.findModelByStructure({a: String}, {settings: {strict: true}})).to.equal(strict);
    }
  });

  it('of embedded classes have one class for each strictness, also when strict and lax builders take turns', () => {
    const builders = [true, false].map(strictEmbeddedModels => {
      const builder: AnyModel = new ModelBuilder({registries: TenantRegistries.default});
      builder.settings.strictEmbeddedModels = strictEmbeddedModels;
      return builder;
    });
    const types = new Set();
    for (let turn = 0; turn < 100; turn++) for (const builder of builders) types.add(builder.resolveType({street: String}));
    expect(types.size).to.equal(2);
    for (const builder of builders)
      expect(ModelRegistry.findModelByStructure({street: String}, builder)).to.equal(builder.resolveType({street: String}));
  });

  it('that cannot be compared are registered by name only, and have a constant label', () => {
    for (let time = 0; time < 200; time++) register('Cyclic', cyclic());
    expect(ModelRegistry.getStats().uniqueModels).to.equal(1);
    expect(ModelRegistry.findModelByStructure(cyclic())).to.equal(null);
    expect(ModelRegistry.findModelByName('Cyclic')).to.have.property('modelName', 'Cyclic');
    expect(ModelRegistry.generateFingerprint(cyclic()))
      .to.equal(ModelRegistry.generateFingerprint(cyclic()))
      .and.match(/^error-/);
    const big = register('Big', {a: {type: Number, max: 10n}});
    expect(ModelRegistry.findModelByStructure({a: {type: Number, max: 10n}})).to.equal(big);
  });

  it('are objects: any other value is invalid and finds no model', () => {
    register('Bare', undefined);
    for (const value of [null, undefined, 'abc', 7]) {
      expect(ModelRegistry.findModelByStructure(value)).to.equal(null);
      expect(ModelRegistry.generateFingerprint(value)).to.equal('invalid-properties');
      expect(ModelRegistry.determineStructureType(value)).to.equal('invalid');
      expect(ModelRegistry.calculateStructureDepth(value)).to.equal(0);
    }
  });

  it('have a type and a depth', () => {
    const type = (properties: unknown) => ModelRegistry.determineStructureType(properties);
    expect([type({a: String}), type([String]), type({a: [String]}), type({a: {b: 1}})]).to.deep.equal([
      ...['simple', 'array', 'complex', 'complex'],
    ]);
    const depth = (value: unknown) => ModelRegistry.calculateStructureDepth(value);
    expect([depth({a: 1}), depth({a: {b: {c: 1}}}), depth([[1]]), depth(cyclic())]).to.deep.equal([0, 2, 1, 1]);
  });

  it('are normalized to a copy with sorted keys and names of types, and all other values unchanged', () => {
    const made = new Date();
    const copy = ModelRegistry.normalizeProperties({b: {type: String, default: made, pattern: /x/}, a: [{d: 1, c: 2}]});
    expect(copy).to.deep.equal({
      a: [{c: 2, d: 1}],
      b: {default: made, pattern: /x/, type: 'String'},
      __structureKeys: 'a,b',
    });
    expect(Object.keys(copy as object)).to.deep.equal(['a', 'b', '__structureKeys']);
    const cycle = ModelRegistry.normalizeProperties(cyclic()) as any;
    expect(cycle.self.type).to.equal(cycle);
  });

  it('have a 32-bit hash as a label', () => {
    expect(ModelRegistry.createHash('{"a":1}'))
      .to.match(/^h[0-9a-f]{1,8}$/)
      .and.equal(ModelRegistry.createHash('{"a":1}'));
    expect(ModelRegistry.createHash('')).to.equal('invalid-input');
    expect(ModelRegistry.createHash({})).to.equal('invalid-input');
  });

  it('do not depend on a current builder: getCurrentModelBuilder returns null', () => {
    expect(ModelRegistry.getCurrentModelBuilder()).to.equal(null);
  });
});

describe('Two property sets', () => {
  const model = {};
  const ALIKE: [unknown, unknown][] = [
    [
      {a: String, b: [{c: 1}]},
      {b: [{c: 1}], a: String},
    ],
    [{a: new Date(1)}, {a: new Date(1)}],
    [{a: /x/g}, {a: /x/g}],
    [{a: model}, {a: model}],
    [cyclic(), cyclic()],
    [{type: String}, {type: 'String'}],
    [{a: {type: Number}}, {a: {type: 'number'}}],
    [{a: {type: 'date'}}, {a: {type: 'Date'}}],
    [{a: {type: [String]}}, {a: {type: ['String']}}],
    [{a: {type: [[Boolean]], index: true}}, {a: {index: true, type: [['boolean']]}}],
  ];
  const DIFFERENT: [unknown, unknown][] = [
    [{a: new Date(1)}, {a: new Date(2)}],
    [{a: /x/}, {a: /y/}],
    [{a: [1]}, {a: {0: 1}}],
    [
      {a: 1, b: undefined},
      {a: 1, c: undefined},
    ],
    [{a: new (class A {})()}, {a: new (class A {})()}],
    [{a: null}, {a: {}}],
    [{a: '1'}, {a: 1}],
    [{type: String}, {type: 'Number'}],
    [{type: named('Address')}, {type: 'Address'}],
    [{type: named('String')}, {type: 'String'}],
    [{a: {default: String}}, {a: {default: 'String'}}],
    [{a: {type: [String]}}, {a: {type: String}}],
  ];
  for (const [pairs, expected] of [
    [ALIKE, true],
    [DIFFERENT, false],
  ] as const) {
    it(`are ${expected ? 'equal' : 'different'}`, () => {
      pairs.forEach(([one, other], index) => {
        expect(arePropertiesEquivalent(one, other), String(index)).to.equal(expected);
        expect(arePropertiesEquivalent(other, one), String(index)).to.equal(expected);
      });
    });
  }

  it('of embedded classes: an equal class of a builder is found', () => {
    const builder: AnyModel = new ModelBuilder({registries: new TenantRegistries()});
    const other: AnyModel = new ModelBuilder({registries: new TenantRegistries()});
    const [type, same, different] = [
      builder.resolveType({street: String}),
      other.resolveType({street: String}),
      other.resolveType({street: Number}),
    ];
    expect(findEquivalentAnonymousModel(builder, same)).to.equal(type);
    expect(findEquivalentAnonymousModel(builder, different)).to.equal(null);
    expect(findEquivalentAnonymousModel(builder, other.define('Named', {street: String}))).to.equal(null);
    expect(findEquivalentAnonymousModel(builder, {modelName: 'Bare', settings: {anonymous: true}})).to.equal(null);
  });
});
