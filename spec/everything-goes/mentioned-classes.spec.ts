import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, ModelRegistry, TenantRegistries, type ClassMaker} from '../../lib/index';
import {isLong} from '../support/long-form';
import {lookedAt} from '../support/first-look';
import {keepingConnector} from '../support/keeping-connector';

interface Holder {
  readonly builder: any;
  readonly dataSource: any;
}

const TAG = Symbol('tag');

/** Defines a model `Holding` with properties, or properties and settings, that mention the class. */
type Mention = (holder: Holder, A: any) => void;

const properties =
  (of: (A: any) => Record<string, unknown>): Mention =>
  ({dataSource}, A) =>
    dataSource.createModel('Holding', {name: String, ...of(A)});

const settings =
  (of: (A: any) => Record<string, unknown>): Mention =>
  ({dataSource}, A) =>
    dataSource.createModel('Holding', {name: String, part: {x: Number}}, of(A));

/** Places of a definition where the class is the type of a property `c` of the model itself. */
const TYPES: Record<string, Mention> = {
  'a property': properties(c => ({c})),
  'a list': properties(c => ({c: [c]})),
  'a typed property': properties(c => ({c: {type: c}})),
  'a typed list': properties(c => ({c: {type: [c]}})),
  'a required property': properties(c => ({c: {type: c, required: true}})),
  'a property with more attributes': properties(c => ({c: {type: c, default: () => undefined, mysql: {type: c}}})),
  'a property that is added later': ({dataSource}, A) =>
    dataSource.createModel('Holding', {name: String}).defineProperty('c', {type: [A]}),
  'a property that the builder adds later': ({dataSource, builder}, A) => {
    dataSource.createModel('Holding', {name: String});
    builder.extendModel('Holding', {c: A});
  },
  'a property that replaces another': ({dataSource}, A) => {
    const Holding = dataSource.createModel('Holding', {name: String, c: A});
    Holding.defineProperty('later', Number);
    Holding.defineProperty('c', {type: A, index: true});
  },
  'a name that the class has as a value type': ({builder, dataSource}, A) => {
    builder.defineValueType(A, ['mentioned']);
    dataSource.createModel('Holding', {name: String, c: 'mentioned'});
  },
  'a name that the class has for all of juggler': ({dataSource}, A) => {
    (juggler.ModelBuilder as any).registerType(A, ['mentioned', 'GeoPoint']);
    dataSource.createModel('Holding', {name: String, c: 'mentioned'});
  },
  'a property that a mixin brings': ({dataSource, builder}, A) => {
    const Mixed = builder.define('Mixed', {c: A});
    dataSource.createModel('Holding', {name: String}).mixin(Mixed);
  },
  'a property of the base': ({dataSource}, A) => {
    dataSource.createModel('Base', {c: A});
    dataSource.createModel('Holding', {name: String}, {base: 'Base'});
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
  'the options of a mixin': ({builder, dataSource}, A) => {
    builder.mixins.define('Stamped', () => {});
    dataSource.createModel('Holding', {name: String}, {mixins: {Stamped: {of: A}}});
  },
  'a relation that juggler refuses, because the class is on another datasource': ({dataSource}, model) => {
    const relations = {things: {type: 'belongsTo', model}};
    expect(() => dataSource.createModel('Refused', {name: String}, {relations})).to.throw();
    dataSource.createModel('Holding', {name: String});
  },
  'the relation hasMany through': settings(through => ({
    relations: {things: {type: 'hasMany', model: 'Holding', through, foreignKey: 'aId', keyThrough: 'bId'}},
  })),
  'the relation embedsOne': settings(model => ({relations: {things: {type: 'embedsOne', model, default: {x: 1}}}})),
  'the relation embedsMany': settings(model => ({relations: {things: {type: 'embedsMany', model}}})),
  'the relation referencesMany': settings(model => ({relations: {things: {type: 'referencesMany', model}}})),
  'a setting of the base': ({dataSource}, A) => {
    dataSource.createModel('Base', {x: {type: String, of: A}}, {mine: {of: A}});
    dataSource.createModel('Holding', {name: String}, {base: 'Base', mine: {b: 1}});
  },
  'an attribute of a property that is redefined': ({dataSource}, A) => {
    dataSource.createModel('Holding', {name: String, x: {type: String, of: A}}).defineProperty('y', {type: Number, of: [A]});
  },
  'a model that was redefined': ({dataSource}, A) => {
    const Old = dataSource.createModel('Holding', {name: String, c: A, part: {c: A}});
    dataSource.createModel('Holding', {name: String});
    kept.push(Old);
  },
  'a structure that was resolved by hand': ({builder, dataSource}, A) => {
    builder.resolveType({x: A, y: [A]});
    builder.buildModels({x: A});
    dataSource.createModel('Holding', {name: String});
  },
  'a datasource to which the class was attached': ({dataSource}, A) => {
    dataSource.createModel('Holding', {name: String});
    dataSource.attach(A);
  },
  'a define that failed': ({builder, dataSource}, A) => {
    expect(() => builder.define('Failed', {c: A, part: {c: A}, 'a.b': String})).to.throw();
    dataSource.createModel('Holding', {name: String});
  },
};

const kept: unknown[] = [];

type NewHolder = (registries: TenantRegistries, embedded: ClassMaker) => object;

const HOLDERS: Record<string, NewHolder> = {
  'another tenant': registries => ({registries, tenant: 'holder'}),
  'the shared registry': registries => ({registries}),
  'a registry of its own': (_, embedded) => ({registry: new ModelRegistry({embedded})}),
};

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
    Holding.extend('Sub', {});
  },
};

describe('After offboarding, nothing that a definition of another registry mentions keeps a class alive', () => {
  after(() => void kept.splice(0));
  const {schemaTypes} = juggler.ModelBuilder as any;
  const valueTypes = {...schemaTypes};
  let round = 0;

  for (const embedded of ['light', 'stock'] as const) {
    for (const [holderTitle, optionsOf] of Object.entries(HOLDERS)) {
      for (const [place, mention] of [...Object.entries(TYPES), ...Object.entries(OTHERS)]) {
        it(`${place}, of ${holderTitle} (${embedded})`, async () => {
          const registries = new TenantRegistries({embedded});
          const builder: any = new ModelBuilder(optionsOf(registries, embedded));
          const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
          for (const [index, look] of Object.values(LOOKS).entries()) {
            // every look at every place of every holder is for the long form
            if (!isLong && index !== (round + Math.floor(round / 3)) % 3) continue;
            const tenant = `mentioned-${index}`;
            defineMentioned(registries, tenant, A => mention({builder, dataSource}, A));
            await look(builder.models.Holding);

            const report = await registries.offboard(tenant, {verify: true});

            expect(report, Object.keys(LOOKS)[index]).to.deep.include({survivors: 0, errors: []});
            await expectSane(builder.models.Holding, place in TYPES);
            expect({...schemaTypes}).to.deep.equal(valueTypes);
          }
          round++;
          await registries.dispose();
        });
      }
    }
  }
});

/** Each defines a model `Sub` that extends the class, directly or not. */
const SUBCLASSES: Record<string, Mention> = {
  'by the setting base': ({dataSource}, base) => dataSource.createModel('Sub', {name: String, part: {y: Number}}, {base}),
  'by the setting base of a builder': ({builder}, base) => builder.define('Sub', {name: String}, {base}),
  'as the parent of a define': ({builder}, A) => builder.define('Sub', {name: String}, {}, A),
  'through another subclass': ({dataSource}, base) => {
    dataSource.createModel('Between', {between: String}, {base});
    dataSource.createModel('Sub', {name: String}, {base: 'Between'});
  },
  'made by juggler, because it has a mixin': ({builder, dataSource}, base) => {
    builder.mixins.define('Stamped', () => {});
    dataSource.createModel('Sub', {name: String}, {base, mixins: {Stamped: true}});
  },
  'as the default base class of the builder': ({builder, dataSource}, A) => {
    builder.defaultModelBaseClass = A;
    lookedAt(dataSource.createModel('Sub', {name: String, part: {y: Number}}));
  },
};

describe('A model that extends a class of another registry ends with that class, and does not keep it alive', () => {
  for (const [way, extend] of Object.entries(SUBCLASSES)) {
    for (const [holderTitle, optionsOf] of Object.entries(HOLDERS)) {
      for (const used of [false, true]) {
        it(`${way}, of ${holderTitle}, ${used ? '' : 'not '}used`, async () => {
          const registries = new TenantRegistries();
          const builder: any = new ModelBuilder(optionsOf(registries, 'light'));
          const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
          const Other = dataSource.createModel('Other', {name: String, part: {y: Number}});
          defineMentioned(registries, 'extended', A => extend({builder, dataSource}, A));
          const {Sub} = builder.models;
          const sub = used ? new Sub({name: 'kept', x: '1'}) : undefined;
          if (used && Sub.dataSource) await Sub.create({name: 'a'});

          expect(await registries.offboard('extended', {verify: true})).to.deep.include({survivors: 0, errors: []});

          const refused = (use: () => unknown) => expect(use).to.throw().with.property('code', 'TENANT_OFFBOARDED');
          refused(() => new Sub({name: 'x'}));
          refused(() => Sub.definition);
          refused(() => Sub.extend('Further'));
          if (sub) expect([sub.name, sub.toObject()]).to.deep.equal(['kept', {...sub.toObject(), name: 'kept'}]);
          expect(builder.models).not.to.have.any.keys('Sub', 'Between');
          expect(builder.getModel('Sub')).to.equal(undefined);
          const Again = dataSource.createModel('Sub', {name: String, part: {y: Number}});
          expect(await Again.create({name: 'again', part: {y: 1}})).to.have.nested.property('part.y', 1);
          expect(await Other.create({name: 'other', part: {y: 2}})).to.have.nested.property('part.y', 2);
          await registries.dispose();
        });
      }
    }
  }
});

/** The class is in no variable of an async function, which V8 would keep. */
function defineMentioned(registries: TenantRegistries, tenant: string, mention: (A: any) => void): void {
  const dataSource: any = new DataSource({connector: keepingConnector(), modelRegistry: {registries, tenant}});
  mention(lookedAt(dataSource.createModel('Mentioned', {x: Number, size: {w: Number}})));
}

/** What the holder does is as before. Only what mentioned the class refuses. */
async function expectSane(Holding: any, isType: boolean): Promise<void> {
  const isRequired = isType && Holding.definition.properties.c?.required;
  await Holding.destroyAll();
  const created = await Holding.create({name: 'still'}).catch((error: Error) => error);
  expect(created).to.have.property('name', isRequired ? 'ValidationError' : 'still');
  expect(Holding.definition.toJSON()).to.be.an('object');
  new Holding({name: 'x'}).isValid();
  await Holding.updateAll({name: 'still'}, {name: 'twice'});
  const [row] = await Holding.find({where: {name: 'twice'}});
  if (!isRequired) await row.updateAttributes({name: 'thrice'});
  expect(Holding.extend('Later', {y: Number})).to.be.a('function');
  Holding.defineProperty('more', {type: Number});
  const more = new Holding();
  more.more = '4';
  expect(more.toJSON()).to.include({more: 4});
}
