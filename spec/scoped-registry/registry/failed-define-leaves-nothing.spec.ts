import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantRegistries, type ModelRegistry} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {keepingConnector} from '../../support/keeping-connector';
import {liveClasses} from '../../support/live-classes';

/** Four embedded classes that no other model here has. */
const parts = () => ({addr: {town: String, geo: {lat: Number}}, items: [{sku: {code: String}}]});

interface Failure {
  error: RegExp;
  properties: () => object;
  settings?: () => object;
  /** What of the settings is right. */
  corrected?: () => object;
  /** Where juggler notices only when the model gets a datasource. */
  dataSourceOnly?: true;
}

const failures: Record<string, Failure> = {
  'a dotted name': {error: /dot/, properties: () => ({...parts(), 'a.b': String})},
  'a dotted name in a nested shape': {error: /dot/, properties: () => ({...parts(), last: {deep: {'a.b': String}}})},
  'an undefined type': {error: /Invalid type/, properties: () => ({...parts(), last: undefined})},
  'an undefined type in a nested shape': {error: /Invalid type/, properties: () => ({...parts(), last: {deep: {a: undefined}}})},
  'an undefined type in a list': {error: /Invalid type/, properties: () => ({...parts(), last: [{deep: [{a: undefined}]}]})},
  'an unknown type and a dotted name': {error: /dot/, properties: () => ({...parts(), at: ['Unknown'], last: {'a.b': String}})},
  'a cycle of shapes': {
    error: /leads back to itself/,
    properties: () => {
      const cycle: Record<string, unknown> = {a: String};
      cycle.next = cycle;
      return {...parts(), cycle};
    },
  },
  'an unknown base': {error: /Base model is not found/, properties: parts, settings: () => ({base: 'Nothing'})},
  'a base and a dotted name': {error: /dot/, properties: () => ({...parts(), 'a.b': String}), settings: () => ({base: 'Base'})},
  'an unknown mixin': {error: /unknown mixin/, properties: parts, settings: () => ({mixins: {Nothing: true}})},
  'a mixin that throws': {
    error: /^Mixed up$/,
    properties: parts,
    settings: () => ({mixins: {Failing: true}}),
    dataSourceOnly: true,
  },
  'a relation of no known type': {
    error: /Invalid relation type/,
    properties: parts,
    settings: () => ({relations: {owner: {type: 'has', model: 'Base'}}}),
    dataSourceOnly: true,
  },
  'a relation without a model': {
    error: /requires param `model`/,
    properties: parts,
    settings: () => ({relations: {owner: {type: 'belongsTo'}}}),
    dataSourceOnly: true,
  },
  'a bad relation after a good one': {
    error: /Invalid relation type/,
    properties: parts,
    settings: () => ({relations: {bases: {type: 'hasMany', model: 'Base'}, owner: {type: 'has', model: 'Base'}}}),
    corrected: () => ({relations: {bases: {type: 'hasMany', model: 'Base'}}}),
    dataSourceOnly: true,
  },
  'a bad relation after one that waits for its model': {
    error: /Invalid relation type/,
    properties: parts,
    settings: () => ({relations: {later: {type: 'belongsTo', model: 'Detached'}, owner: {type: 'has', model: 'Base'}}}),
    corrected: () => ({relations: {later: {type: 'belongsTo', model: 'Detached'}}}),
    dataSourceOnly: true,
  },
  'a bad relation after one to an unknown model': {
    error: /Invalid relation type/,
    properties: parts,
    settings: () => ({relations: {later: {type: 'belongsTo', model: 'Unknown'}, owner: {type: 'has', model: 'Base'}}}),
    dataSourceOnly: true,
  },
};

let registries: TenantRegistries;
let registry: ModelRegistry;
let builder: any;
let dataSource: any;

beforeEach(() => {
  registries = new TenantRegistries();
  registry = registries.for('acme');
  builder = new ModelBuilder({registry});
  dataSource = new DataSource('db', {connector: keepingConnector()}, builder);
  builder.mixins.define('Failing', () => {
    throw new Error('Mixed up');
  });
  lookedAt(dataSource.define('Base', {part: {base: String}}));
  builder.define('Detached', {});
});

afterEach(() => registries.dispose());

/** All that a define could leave behind. How often look-ups were answered is no part of it. */
function state(): unknown {
  const {reused, ...counts} = registry.stats();
  expect(reused).to.be.a('number');
  const models = Object.entries(registry.models).map(([name, model]: [string, any]) => [
    name,
    model.settings.unresolved ? 'placeholder' : shown(model),
    model.listenerCount('dataAccessConfigured'),
    model.listenerCount('dataSourceAttached'),
  ]);
  return {counts, models, definitions: Object.keys(registry.definitions), table: Object.keys(dataSource.connector._models)};
}

function shown(model: any): unknown {
  const {definition} = model;
  return {
    properties: Object.keys(definition.properties),
    raw: Object.keys(definition.rawProperties),
    accessors: Object.getOwnPropertyNames(model.prototype),
    statics: Object.getOwnPropertyNames(model),
    relations: Object.keys(model.relations),
    validations: Object.keys(model.validations ?? {}),
  };
}

for (const on of ['builder', 'dataSource'] as const) {
  describe(`A define of a ${on} that throws leaves nothing behind`, () => {
    for (const [title, failure] of Object.entries(failures)) {
      if (failure.dataSourceOnly && on === 'builder') continue;
      const fail = () => {
        const define = () => maker().define('Order', failure.properties(), failure.settings?.() ?? {});
        expect(define).to.throw(failure.error);
      };
      const maker = () => (on === 'builder' ? builder : dataSource);

      it(`${title}: no class, no definition, no fingerprint, no embedded class`, () => {
        const [before, classes] = [state(), liveClasses()];

        fail();
        fail();

        expect(state()).to.deep.equal(before);
        expect(registry.findByName('Order')).to.equal(undefined);
        expect(builder.getModelDefinition('Order')).to.equal(undefined);
        for (const part of [parts().addr, parts().addr.geo, parts().items[0], parts().items[0].sku]) {
          expect(registry.findByStructure(part)).to.equal(undefined);
        }
        expect(liveClasses() - classes).to.equal(0);
      });

      it(`${title}: the corrected define works at once`, () => {
        fail();
        const Order = maker().define('Order', parts(), failure.corrected?.());
        expect(registry.findByName('Order')).to.equal(Order);
        const order = new Order({addr: {geo: {lat: '1'}}, items: [{sku: {code: 1}}]});
        expect(order.addr.geo.lat).to.equal(1);
        expect(order.items[0].sku.code).to.equal('1');
        expect(order.isValid()).to.equal(true);
        expect(registry.findByStructure(parts().addr)).to.equal(Order.definition.properties.addr.type);
      });

      it(`${title}: the previous class of that name keeps serving`, async () => {
        const Previous = dataSource.define('Order', {...parts(), number: Number});
        const Addr = Previous.definition.properties.addr.type;
        const before = state();

        fail();

        expect(state()).to.deep.equal(before);
        expect(registry.findByName('Order')).to.equal(Previous);
        expect(builder.getModelDefinition('Order')).to.equal(Previous.definition);
        expect(dataSource.connector._models.Order.model).to.equal(Previous);
        expect(registry.findByStructure(parts().addr)).to.equal(Addr);
        const {id} = await Previous.create({number: '1', addr: {geo: {lat: '2'}}});
        const found = await Previous.findById(id);
        expect(found.toJSON()).to.deep.include({number: 1, addr: {town: undefined, geo: {lat: 2}}});
        await found.updateAttributes({number: 3});
        expect(await Previous.count({number: 3})).to.equal(1);
      });

      it(`${title}: a placeholder stays one`, () => {
        const User = dataSource.define('User', {last: {order: 'Order'}});
        const placeholder = builder.getModel('Order');
        expect(User.definition.properties.last.type.definition.properties.order.type).to.equal(placeholder);

        fail();

        expect(builder.getModel('Order')).to.equal(placeholder);
        expect(placeholder.settings).to.deep.equal({unresolved: true});
        expect(placeholder.definition).to.equal(undefined);
        expect(registry.findByName('Order')).to.equal(undefined);
        const Order = maker().define('Order', parts());
        expect(Order).to.equal(placeholder);
        expect(new User({last: {order: {addr: {geo: {lat: '1'}}}}}).last.order.addr.geo.lat).to.equal(1);
      });
    }
  });
}

describe('A define that throws leaves earlier state unchanged', () => {
  it('a shared model of the same name stays visible', () => {
    const Shared = new ModelBuilder({registry: registries.shared}).define('Order', {number: Number});
    expect(() => builder.define('Order', {'a.b': String})).to.throw(/dot/);
    expect(registry.findByName('Order')).to.equal(Shared);
    expect(registries.shared.findByName('Order')).to.equal(Shared);
    expect(Object.hasOwn(registry.models, 'Order')).to.equal(false);
  });

  it('fingerprints that name the model are kept', () => {
    const Address = builder.define('Address', {street: String});
    const User = builder.define('User', {home: {address: 'Address'}});
    expect(() => builder.define('Address', {'a.b': String})).to.throw(/dot/);
    expect(registry.findByName('Address')).to.equal(Address);
    expect(registry.findByStructure({address: 'Address'})).to.equal(User.definition.properties.home.type);
  });

  it('an embedded class that existed before is kept', () => {
    const User = builder.define('User', {home: parts().addr});
    const Addr = User.definition.properties.home.type;
    expect(() => builder.define('Order', {...parts(), last: {a: undefined}})).to.throw(/Invalid type/);
    expect(registry.findByStructure(parts().addr)).to.equal(Addr);
    expect(registry.findByStructure(parts().items[0])).to.equal(undefined);
    expect(new User({home: {geo: {lat: '1'}}}).home.geo.lat).to.equal(1);
  });

  it('extend that throws leaves the state unchanged', () => {
    const {Base} = registry.models as any;
    const before = state();
    expect(() => Base.extend('Order', {...parts(), 'a.b': String})).to.throw(/dot/);
    expect(() => Base.extend('Order', parts(), {mixins: {Nothing: true}})).to.throw(/unknown mixin/);
    expect(state()).to.deep.equal(before);
    expect(new (Base.extend('Order', parts()))({part: {base: 1}}).part.base).to.equal('1');
  });

  it('attachTo that throws leaves the state unchanged', () => {
    const Order = lookedAt(builder.define('Order', parts(), {relations: {owner: {type: 'has', model: 'Base'}}}));
    const before = state();
    expect(() => Order.attachTo(dataSource)).to.throw(/Invalid relation type/);
    expect(Object.keys(dataSource.connector._models)).to.deep.equal(['Base']);
    expect((state() as any).counts).to.deep.equal((before as any).counts);
    expect(registry.findByName('Order')).to.equal(Order);
  });
});

describe('A defineProperty that throws leaves the model as it was', () => {
  const failing: Record<string, [property: string, definition: () => unknown]> = {
    'an undefined type': ['last', () => undefined],
    'an undefined type in a nested shape': ['last', () => ({deep: {a: undefined}})],
    'a dotted name in a nested shape': ['last', () => [{deep: {'a.b': String}}]],
    'a property that existed before': ['addr', () => ({town: String, last: {a: undefined}})],
    'a property named __proto__': ['__proto__', () => ({polluted: {type: String}})],
  };
  const way: Record<string, (model: any, property: string, definition: unknown) => void> = {
    'the builder': (model, property, definition) => builder.defineProperty(model.modelName, property, definition),
    'the datasource': (model, property, definition) => dataSource.defineProperty(model.modelName, property, definition),
    'the model': (model, property, definition) => model.defineProperty(property, definition),
    extendModel: (model, property, definition) =>
      builder.extendModel(model.modelName, Object.defineProperty({}, property, {value: definition, enumerable: true})),
  };
  for (const [title, [property, definition]] of Object.entries(failing)) {
    for (const [by, define] of Object.entries(way)) {
      it(`${title}, by ${by}`, async () => {
        const Order = dataSource.define('Order', {...parts(), number: Number});
        const {properties, rawProperties} = Order.definition;
        const [before, ofProperties] = [state(), JSON.stringify(Order.definition.toJSON().properties)];

        expect(() => define(Order, property, definition())).to.throw();

        expect(state()).to.deep.equal(before);
        expect(Order.definition.properties === properties).to.equal(true);
        expect(Order.definition.rawProperties === rawProperties).to.equal(true);
        expect(Order.definition.idNames()).to.deep.equal(['id']);
        const order = await Order.create({number: '1', addr: {geo: {lat: '2'}}});
        expect(order.toJSON()).to.deep.include({id: 1, number: 1, addr: {town: undefined, geo: {lat: 2}}});

        // the next one rebuilds the model from what it keeps
        define(Order, 'note', {type: String});
        const {note, ...rest} = Order.definition.toJSON().properties;
        expect(note).to.deep.equal({type: 'String'});
        expect(JSON.stringify(rest)).to.equal(ofProperties);
        expect(registry.stats().embeddedModels).to.equal((before as any).counts.embeddedModels);
      });
    }
  }
});
