import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {isLong} from '../support/long-form';
import {forEachHolder, mentionAll, type Mention} from '../support/holders';

const TAG = Symbol('tag');

const properties =
  (of: (A: any) => Record<string, unknown>): Mention =>
  ({dataSource, name}, A) =>
    dataSource.createModel(name, {name: String, ...of(A)});

const settings =
  (of: (A: any, name: string) => Record<string, unknown>): Mention =>
  ({dataSource, name}, A) =>
    dataSource.createModel(name, {name: String, part: {x: Number}}, of(A, name));

/** Something else than a model's definition mentions the class. */
const beside =
  (mention: Mention): Mention =>
  (holder, A) => {
    holder.dataSource.createModel(holder.name, {name: String});
    mention(holder, A);
  };

/** Places of a definition where the class is the type of a property `c` of the model itself. */
const TYPES: Record<string, Mention> = {
  'a property': properties(c => ({c})),
  'a list': properties(c => ({c: [c]})),
  'a typed property': properties(c => ({c: {type: c}})),
  'a typed list': properties(c => ({c: {type: [c]}})),
  'a required property': properties(c => ({c: {type: c, required: true}})),
  'a property with more attributes': properties(c => ({c: {type: c, default: () => undefined, mysql: {type: c}}})),
  'a property that is added later': ({dataSource, name}, A) =>
    dataSource.createModel(name, {name: String}).defineProperty('c', {type: [A]}),
  'a property that the builder adds later': ({dataSource, builder, name}, A) => {
    dataSource.createModel(name, {name: String});
    builder.extendModel(name, {c: A});
  },
  'a property that replaces another': ({dataSource, name}, A) => {
    const Holding = dataSource.createModel(name, {name: String, c: A});
    Holding.defineProperty('later', Number);
    Holding.defineProperty('c', {type: A, index: true});
  },
  'a name that the class has as a value type': ({builder, dataSource, name}, A) => {
    builder.defineValueType(A, ['mentioned']);
    dataSource.createModel(name, {name: String, c: 'mentioned'});
  },
  'a name that the class has for all of juggler': ({dataSource, name}, A) => {
    (juggler.ModelBuilder as any).registerType(A, ['spoken of', 'GeoPoint']);
    dataSource.createModel(name, {name: String, c: 'spoken of'});
  },
  'a property that a mixin brings': ({dataSource, builder, name}, A) => {
    const Mixed = builder.define(`${name}Mixed`, {c: A});
    dataSource.createModel(name, {name: String}).mixin(Mixed);
  },
  'a property of the base': ({dataSource, name}, A) => {
    dataSource.createModel(`${name}Base`, {c: A});
    dataSource.createModel(name, {name: String}, {base: `${name}Base`});
  },
  'a model that extends the class': ({dataSource, name}, base) => {
    dataSource.createModel(`${name}Sub`, {}, {base});
    dataSource.createModel(name, {name: String, c: `${name}Sub`});
  },
  'a list of models that extend the class': ({dataSource, name}, base) => {
    dataSource.createModel(name, {name: String, c: [dataSource.createModel(`${name}Sub`, {}, {base})]});
  },
  'a part whose class extends the class': ({newBuilder, dataSource, name}, A) => {
    const builder = newBuilder();
    dataSource.createModel(`${name}Base`, {name: String});
    builder.defaultModelBaseClass = A;
    dataSource.attach(builder.define(name, {c: {y: Number}}, {base: `${name}Base`}));
  },
};

const OTHERS: Record<string, Mention> = {
  'a nested property': properties(c => ({part: {c}})),
  'a property of items': properties(c => ({parts: [{c: [c]}]})),
  'a property under type': properties(c => ({part: {type: {c: {type: c}}}})),
  'a property two levels below': properties(c => ({part: {deep: {c, x: [c]}}})),
  'a nested id': properties(c => ({part: {id: {type: c, id: true}}})),
  'an attribute': properties(of => ({x: {type: String, of}})),
  'a part of an attribute': properties(of => ({x: {type: String, mysql: {list: [{of}]}}})),
  'an attribute of a nested property': properties(of => ({part: {x: {type: String, of}, y: {z: {type: Number, of: [of]}}}})),
  'an attribute of a nested id': properties(of => ({part: {id: {type: Number, id: true, of}}})),
  'a part of a default': properties(of => ({x: {type: Object, default: {list: [of]}}})),
  'a map in a default': properties(of => ({x: {type: Object, default: new Map([[of, new Set([of])]])}})),
  'an item beside the type of a list': properties(of => ({x: [String, of]})),
  'an attribute of a list': properties(of => ({x: Object.assign([String], {of, mysql: {of}})})),
  'a symbol of a property': properties(of => ({x: {type: String, [TAG]: of}, [TAG]: {of}})),
  'a symbol of a part of an attribute': properties(of => ({x: {type: String, mysql: {[TAG]: [of]}}})),
  'a symbol of a nested object, of its properties and of a list': properties(of => ({
    part: {x: {type: String, [TAG]: of}, y: Object.assign([String], {[TAG]: {of}}), [TAG]: {[TAG]: of}},
  })),
  'options of required': properties(of => ({part: {x: {type: String, required: {if: of}}}})),

  'a setting': settings(mine => ({mine})),
  'a part of a setting': settings(of => ({mine: {list: [{of}], map: new Map([['of', of]])}})),
  'a symbol of the settings, and of a part of a setting': settings(of => ({[TAG]: of, mine: {where: {x: {[TAG]: of}}}})),
  'the setting acls': settings(of => ({acls: [{principalId: of, permission: 'ALLOW'}]})),
  'the setting models': settings(Other => ({models: {Other}})),
  'the setting scopes': settings(of => ({scopes: {mine: {where: {x: of}}}})),
  'the setting indexes': settings(of => ({indexes: {mine: {of}}})),
  'the options of a mixin': ({builder, dataSource, name}, A) => {
    builder.mixins.define('Stamped', () => {});
    dataSource.createModel(name, {name: String}, {mixins: {Stamped: {of: A}}});
  },
  'a relation that juggler refuses, because the class is on another datasource': beside(({dataSource, name}, model) => {
    const relations = {things: {type: 'belongsTo', model}};
    expect(() => dataSource.createModel(`${name}Refused`, {name: String}, {relations})).to.throw();
  }),
  'the relation hasMany through': settings((through, model) => ({
    relations: {things: {type: 'hasMany', model, through, foreignKey: 'aId', keyThrough: 'bId'}},
  })),
  'the relation embedsOne': settings(model => ({relations: {things: {type: 'embedsOne', model, default: {x: 1}}}})),
  'the relation embedsMany': settings(model => ({relations: {things: {type: 'embedsMany', model}}})),
  'the relation referencesMany': settings(model => ({relations: {things: {type: 'referencesMany', model}}})),
  'a setting of the base': ({dataSource, name}, A) => {
    dataSource.createModel(`${name}Base`, {x: {type: String, of: A}}, {mine: {of: A}});
    dataSource.createModel(name, {name: String}, {base: `${name}Base`, mine: {b: 1}});
  },
  'an attribute of a property that is redefined': ({dataSource, name}, A) => {
    dataSource.createModel(name, {name: String, x: {type: String, of: A}}).defineProperty('y', {type: Number, of: [A]});
  },
  'a model that was redefined': ({dataSource, name}, A) => {
    kept.push(dataSource.createModel(name, {name: String, c: A, part: {c: A}}));
    dataSource.createModel(name, {name: String});
  },
  'a structure that was resolved by hand': beside(({builder}, A) => {
    builder.resolveType({x: A, y: [A]});
    builder.buildModels({x: A});
  }),
  'a datasource to which the class was attached': beside(({dataSource}, A) => dataSource.attach(A)),
  'a define that failed': beside(({builder, name}, A) => {
    expect(() => builder.define(`${name}Failed`, {c: A, part: {c: A}, 'a.b': String})).to.throw();
  }),

  'a mixin of a builder': beside(({newBuilder}, A) => kept.push(newBuilder().mixins.define('Other', A))),
  'a mixin that a model has': ({builder, dataSource, name}, A) => {
    builder.mixins.define(`${name}Mixin`, A);
    dataSource.createModel(name, {name: String}, {mixins: {[`${name}Mixin`]: true}});
  },
  'a mixin of a model without a datasource': beside(({builder, name}, A) => {
    builder.mixins.define(`${name}Mixin`, A);
    builder.define(`${name}Waiting`, {name: String}, {mixins: {[`${name}Mixin`]: [{of: A}, true]}});
  }),
  'a mixin that was defined twice': beside(({builder, name}, A) => {
    builder.mixins.define(`${name}Mixin`, A);
    builder.define(`${name}Waiting`, {name: String}, {mixins: {[`${name}Mixin`]: true}});
    builder.mixins.define(`${name}Mixin`, () => {});
  }),
  'the options of a mixin of a model without a datasource': beside(({builder, name}, of) => {
    builder.mixins.define(`${name}Mixin`, () => {});
    builder.define(`${name}Waiting`, {name: String}, {mixins: {[`${name}Mixin`]: {of}}});
  }),
  'the base class of a builder before its first define': beside(({newBuilder}, A) => {
    const builder = newBuilder();
    kept.push(builder);
    builder.defaultModelBaseClass = A;
  }),
  'the base class of a builder that has made models on another base only': beside(({newBuilder, name}, A) => {
    const builder = newBuilder();
    kept.push(builder);
    builder.defaultModelBaseClass = A;
    builder.define(`${name}Other`, {x: Number}, {base: name});
  }),
  'a base class of a builder that was replaced': beside(({newBuilder, name}, A) => {
    const builder = newBuilder();
    kept.push(builder);
    const {defaultModelBaseClass} = builder;
    builder.defaultModelBaseClass = A;
    builder.define(`${name}Other`, {x: Number}, {base: name});
    Object.assign(builder, {defaultModelBaseClass});
    builder.define(`${name}Another`, {x: Number});
  }),
  'a base class of a builder that failed to define': beside(({newBuilder, name}, A) => {
    const builder = newBuilder();
    kept.push(builder);
    builder.defaultModelBaseClass = A;
    expect(() => builder.define(`${name}Failed`, {part: {y: Number}, 'a.b': String})).to.throw();
  }),
  'a placeholder for a model that is not defined yet': ({newBuilder, dataSource, name}, A) => {
    const builder = newBuilder();
    dataSource.createModel(`${name}Base`, {name: String});
    builder.defaultModelBaseClass = A;
    dataSource.attach(builder.define(name, {later: `${name}Later`}, {base: `${name}Base`}));
  },

  'a copy of the class': beside(({newBuilder}, A) => newBuilder().copyModel(A)),
  'a condition of a scope': beside(({dataSource, name}, x) => dataSource.models[name].scope('mine', {where: {x}})),
  'the scope and the properties of a relation': beside(({dataSource, name}, of) => {
    const [Holding, Thing] = [dataSource.models[name], dataSource.createModel(`${name}Thing`, {name: String})];
    Holding.hasMany(Thing, {as: 'things', scope: {where: {of}}, properties: {name: of}, options: {of}});
  }),
  'a condition of a validation': beside(({dataSource, name}, of) =>
    dataSource.models[name].validatesExclusionOf('name', {in: [of, 'nobody']}),
  ),
  'a relation to a model that extends the class': beside(({dataSource, name}, base) => {
    dataSource.createModel(`${name}Sub`, {}, {base});
    dataSource.models[name].hasMany(`${name}Sub`, {as: 'things'});
    dataSource.models[name].embedsOne(`${name}Sub`, {as: 'thing'});
  }),
};

const kept: unknown[] = [];

const LOOKS: Record<string, (Holding: any) => Promise<void>> = {
  'before its first look': async () => {},
  'after its first look': async Holding => {
    lookedAt(Holding);
    Holding.definition.toJSON();
    void Holding.validations;
    new Holding({name: 'a'});
  },
  'after it was used': async Holding => {
    await Holding.create({name: 'a'}).catch(() => {});
    await Holding.find();
    Holding.extend(`${Holding.modelName}Extended`, {});
  },
};

describe('After offboarding, nothing that juggler keeps for another registry keeps a class alive', () => {
  after(() => void kept.splice(0));
  const {schemaTypes} = juggler.ModelBuilder as any;
  const valueTypes = {...schemaTypes};

  const looks = Object.values(LOOKS);
  let first = 0;

  forEachHolder((holder, ...options) => {
    const offset = first++;
    it(`each place where a model or a builder of ${holder} can mention it, ${Object.keys(LOOKS).join(', ')}`, async () => {
      // in the short form each place takes its turn with the looks: with another one for each holder
      for (let round = 0; round < (isLong ? looks.length : 1); round++) {
        const registries = new TenantRegistries({embedded: options[1]});
        const {holders, survivors} = mentionAll(registries, options, {...TYPES, ...OTHERS});
        for (const [index, {dataSource, name}] of [...holders.values()].entries())
          await looks[(index + offset + round) % looks.length](dataSource.models[name]);

        expect(await survivors()).to.deep.equal([]);

        for (const [place, {dataSource, name}] of holders) await expectSane(place, dataSource.models[name]);
        expect({...schemaTypes}).to.deep.equal(valueTypes);
        await registries.dispose();
      }
    });
  });
});

/** What the holder does is as before. Only what mentioned the class refuses. */
async function expectSane(place: string, Holding: any): Promise<void> {
  try {
    const isRequired = place in TYPES && Holding.definition.properties.c?.required;
    await Holding.destroyAll();
    const created = await Holding.create({name: 'still'}).catch((error: Error) => error);
    expect(created).to.have.property('name', isRequired ? 'ValidationError' : 'still');
    expect(Holding.definition.toJSON()).to.be.an('object');
    new Holding({name: 'x'}).isValid();
    await Holding.updateAll({name: 'still'}, {name: 'twice'});
    const [row] = await Holding.find({where: {name: 'twice'}});
    if (!isRequired) await row.updateAttributes({name: 'thrice'});
    expect(Holding.extend(`${Holding.modelName}Later`, {y: Number})).to.be.a('function');
    Holding.defineProperty('more', {type: Number});
    const more = new Holding();
    more.more = '4';
    expect(more.toJSON()).to.include({more: 4});
  } catch (error) {
    (error as Error).message = `${place}: ${(error as Error).message}`;
    throw error;
  }
}
