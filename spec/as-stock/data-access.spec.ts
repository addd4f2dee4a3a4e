import fc from 'fast-check';
import {tameModels, tameRecords as records} from '../support/random-models';
import {
  attempt,
  attempts,
  classesOf,
  copyOf,
  itIsAsOnStock,
  itIsAsOnStockOnce,
  oneOfClasses,
  outcome,
  outcomes,
  type Side,
} from '../support/side-by-side';

const shapes = tameModels.map(({properties}) => properties);

/** The models with a name. */
function namesOf({models}: {models: object}): string[] {
  return Object.keys(models)
    .filter(name => !name.startsWith('AnonymousModel'))
    .sort();
}

/** What relations put on a prototype, in order. */
function ofRelations(Model: any): string[] {
  return Object.keys(Model.prototype).filter(name => name.startsWith('__') || name in Model.relations);
}

/** The statics that a datasource gives to a class, by kind. */
function dataAccess(Model: any): unknown {
  const names = [...Object.keys(Model.dataSource?.DataAccessObject ?? {}), 'scopes', '_scopeMeta', 'dataSource', 'modelBuilder'];
  return outcomes({
    statics: () => names.map(name => [name, typeof Model[name], name in Model]),
    metadata: () =>
      names.map(name => [name, Model[name]?.shared, Model[name]?.http, Model[name]?.accepts?.length, Model[name]?._delegate]),
    methods: () =>
      ['save', 'updateAttributes', 'destroy', 'reload', 'isNewRecord', 'trigger'].map(name => typeof Model.prototype[name]),
    same: () => names.map(name => Model[name] === Model[name]),
  });
}

/** Each operation, on a class that has a row. */
async function operate(Model: any, data: object, other: object): Promise<unknown> {
  let row: any;
  const where = () => ({id: row?.id});
  return attempts({
    access: () => dataAccess(Model),
    create: async () => (row = await Model.create(copyOf(data))),
    many: () => Model.create([copyOf(data), copyOf(other)]),
    find: () => Model.find(),
    findOne: async () => (await Model.findOne({order: 'id'}))?.toObject(),
    findById: async () => (await Model.findById(row.id))?.toJSON(),
    fields: () => Model.find({fields: {id: true, a: true}, limit: 1}),
    filtered: () => Model.find({where: {a: 'x'}}),
    exists: () => Model.exists(row.id),
    count: () => Model.count(),
    save: async () => {
      Object.assign(row, copyOf(other));
      return row.save();
    },
    updateAttribute: () => row.updateAttribute('a', '1'),
    updateAttributes: () => row.updateAttributes(copyOf(other)),
    replaceAttributes: () => row.replaceAttributes(copyOf(data)),
    setAttributes: () => [row.setAttributes(copyOf(other)), row.setAttribute('b', 1), row.unsetAttribute('a'), row],
    isNewRecord: () => [row.isNewRecord(), new Model({}).isNewRecord()],
    reload: () => row.reload(),
    reset: () => [row.reset(), row],
    upsert: () => Model.upsert({...copyOf(other), id: row.id}),
    upsertNew: () => Model.upsertWithWhere({a: 'none'}, copyOf(data)),
    replaceOrCreate: () => Model.replaceOrCreate({...copyOf(data), id: row.id}),
    replaceById: () => Model.replaceById(row.id, copyOf(other)),
    findOrCreate: () => Model.findOrCreate({where: {a: 'nobody'}}, copyOf(data)),
    updateAll: () => Model.updateAll(where(), {a: '2'}),
    stored: () =>
      Object.values(Model.dataSource.connector.cache[Model.modelName] ?? {}).map(text => JSON.parse(text as string) as unknown),
    destroy: async () => [await row.destroy(), await Model.findById(row.id)],
    destroyAll: () => Model.destroyAll(),
  });
}

describe('A class works on a datasource as in juggler', () => {
  itIsAsOnStock(
    'when it is defined by the datasource',
    fc.tuple(tameModels, records, records),
    async ({newDataSource}, [{name, properties, settings}, data, other]) => {
      const Model = newDataSource().define(name, properties, settings);
      return [
        await operate(Model, data, other),
        Object.values(classesOf(Model)).map((Class: any) => [Class.dataSource, Class.find === undefined]),
      ];
    },
  );

  itIsAsOnStock(
    'when it is attached later, and then attached to another datasource',
    fc.tuple(tameModels, records, records, fc.nat()),
    async ({builder, newDataSource}, [{name, properties, settings}, data, other, index]) => {
      const Model = oneOfClasses(builder.define(name, properties, settings), index);
      const before = outcome(() => [typeof Model.find, 'create' in Model, Model.dataSource, Model.getDataSource()]);
      const attached = outcome(() => Model.attachTo(newDataSource()));
      const seen = await operate(Model, data, other);
      const first = Model.dataSource;
      Model.attachTo(newDataSource());
      return [
        before,
        attached,
        seen,
        first === Model.dataSource,
        await attempt(() => Model.create(copyOf(data))),
        Model._mixins.length,
      ];
    },
  );

  itIsAsOnStock(
    'with default values and other options of the datasource',
    fc.tuple(shapes, records),
    async ({newDataSource}, [shape, data]) => {
      const dataSource = newDataSource();
      const Model = dataSource.define(
        'Order',
        {part: {type: shape}, list: [shape]},
        {strict: 'filter', scope: {limit: 2}, scopes: {few: {limit: 1}, none: {where: {id: 0}}}, updateOnLoad: true},
      );
      const row = await Model.create({part: copyOf(data), list: [copyOf(data), {}]}).catch((error: unknown) => error);
      await Model.create({}).catch(() => {});
      const found = await attempt(() => Model.find({where: {'part.a': data.a}}));
      return [
        row,
        found,
        await attempt(() => Model.few()),
        await attempt(() => Model.none.count()),
        Object.keys(Model.scopes ?? {}),
        typeof Model.few?.create,
        dataAccess(Model),
      ];
    },
  );

  itIsAsOnStock(
    'with an observer in each step',
    fc.tuple(tameModels, records),
    async ({newDataSource}, [{name, properties, settings}, data]) => {
      const Model = newDataSource().define(name, properties, settings);
      const log: unknown[] = [];
      for (const operation of ['access', 'before save', 'after save', 'before delete', 'after delete', 'loaded', 'persist']) {
        Model.observe(operation, async (ctx: any) => {
          log.push([operation, ctx.Model === Model, Object.keys(ctx).sort(), outcome(() => ctx.instance ?? ctx.data)]);
          if (operation === 'before save' && ctx.instance) ctx.instance.a = 'observed';
        });
      }
      const row: any = await Model.create(copyOf(data)).catch((error: unknown) => outcome(() => error));
      return [
        row,
        await attempt(() => row.updateAttributes({b: 1})),
        await attempt(() => Model.find()),
        await attempt(() => row.destroy()),
        log,
      ];
    },
  );
});

describe('Relations of a class work as in juggler', () => {
  const models = (side: Side) => {
    const dataSource = side.newDataSource();
    const define = (name: string, settings?: object) =>
      dataSource.define(name, {name: String, part: {a: Number, deep: {b: Date}}}, settings);
    return {dataSource, define, Customer: define('Customer'), Order: define('Order'), Tag: define('Tag')};
  };
  const described = (Model: any) =>
    Object.entries<any>(Model.relations).map(([name, relation]) => [
      name,
      relation.type,
      relation.keyFrom,
      relation.keyTo,
      relation.modelTo,
      relation.modelThrough,
      relation.multiple,
      relation.embed,
      outcome(() => relation.toJSON()),
    ]);

  itIsAsOnStockOnce('by belongsTo and hasMany', async side => {
    const {Customer, Order} = models(side);
    const returned = [
      outcome(() => typeof Customer.hasMany(Order)),
      outcome(() => typeof Order.belongsTo(Customer, {as: 'owner', foreignKey: 'ownerId'})),
    ];
    const customer = await Customer.create({name: 'Ann'});
    const order = await customer.orders.create({name: 'first', part: {a: '1', deep: {b: '2020-01-01'}}});
    order.owner(customer);
    await order.save();
    return [
      returned,
      described(Customer),
      described(Order),
      await Order.find({include: 'owner'}),
      await Customer.find({include: {relation: 'orders'}}),
      Object.keys(Order.definition.properties),
      await customer.orders.count(),
      order.ownerId,
      await order.owner.get(),
      Customer.scopes,
      ofRelations(Customer),
    ];
  });

  itIsAsOnStockOnce('by hasOne, hasAndBelongsToMany, through, and to the class itself', async side => {
    const {Customer, Order, Tag, define} = models(side);
    const Link = define('Link');
    Customer.hasOne(Order, {as: 'first'});
    Order.hasAndBelongsToMany(Tag);
    Customer.hasMany(Tag, {through: Link});
    Link.belongsTo(Customer);
    Link.belongsTo(Tag);
    Customer.hasMany(Customer, {as: 'friends', foreignKey: 'friendId'});
    const customer = await Customer.create({});
    const order = await customer.first.create({name: 'one'});
    await order.tags.create({name: 'tag'});
    await customer.tags.create({name: 'linked', part: {a: '5'}});
    return [
      [Customer, Order, Tag, Link].map(described),
      namesOf(side.builder),
      await order.tags(),
      await Customer.find({include: ['first', 'tags']}),
      await Link.find(),
    ];
  });

  itIsAsOnStockOnce('by embedsOne, embedsMany and referencesMany', async side => {
    const {Customer, Order, Tag} = models(side);
    Customer.embedsOne(Order, {property: 'best', default: {name: 'by default'}});
    Customer.embedsMany(Tag, {property: 'marks', options: {forceId: true, validate: true}});
    Customer.referencesMany(Tag);
    Tag.validatesPresenceOf('name');
    const customer = await Customer.create({});
    const mark = await customer.tagList.create({name: 'mark', part: {a: '7'}});
    const failed = await attempt(() => customer.tagList.create({}));
    const tag = await Tag.create({name: 'tag'});
    await customer.tags.add(tag);
    return [
      described(Customer),
      Customer.definition.properties,
      mark,
      failed,
      customer,
      await Customer.find(),
      await customer.tags(),
      customer.toJSON(),
      await attempt(() => customer.order.create({name: 'x'})),
    ];
  });

  itIsAsOnStockOnce('when the settings name a model that is defined later', async side => {
    const {dataSource, define} = models(side);
    const Early = define('Early', {
      relations: {
        lates: {type: 'hasMany', model: 'Late'},
        one: {type: 'belongsTo', model: 'Late', polymorphic: false},
        none: {type: 'hasOne', model: 'Never'},
      },
    });
    const before = described(Early);
    const Late = define('Late', {relations: {early: {type: 'belongsTo', model: 'Early'}}});
    const early = await Early.create({lates: 1});
    const late = await early.lates.create({});
    return [before, described(Early), described(Late), late, await Late.find({include: 'early'}), namesOf(dataSource)];
  });

  itIsAsOnStock('with any embedded classes', fc.tuple(shapes, shapes, records), async (side, [first, second, data]) => {
    const dataSource = side.newDataSource();
    const Customer = dataSource.define('Customer', {part: {type: first}});
    const Order = dataSource.define('Order', {part: {type: second}, list: [second]});
    Customer.hasMany(Order);
    Order.belongsTo(Customer);
    const customer = await attempt(() => Customer.create({part: copyOf(data)}));
    const row = await Customer.findOne();
    const order = await attempt(() => row.orders.create({part: copyOf(data), list: [copyOf(data)]}));
    return [
      customer,
      order,
      await attempt(() => Order.find({include: 'customer'})),
      Object.entries(classesOf(Order)).map(([path, {definition}]) => [path, definition.idNames()]),
    ];
  });

  itIsAsOnStockOnce('of an embedded class with its own datasource', async side => {
    const dataSource = side.newDataSource();
    const Order = dataSource.define('Order', {part: {name: String}});
    const Part = Order.definition.properties.part.type;
    Part.attachTo(dataSource);
    const returned = [
      outcome(() => typeof Part.belongsTo(Order, {as: 'order'})),
      outcome(() => typeof Order.hasMany(Part, {as: 'parts', foreignKey: 'orderId'})),
    ];
    return [
      returned,
      described(Part),
      described(Order),
      await attempt(() => Part.create({name: 'x'})),
      Part.definition.properties,
    ];
  });

  itIsAsOnStockOnce('by a scope', async side => {
    const {Customer} = models(side);
    const returned = outcome(
      () => typeof Customer.scope('named', {where: {name: 'Ann'}}, undefined, {count: 'not this', twice: async () => 2}),
    );
    await Customer.create([{name: 'Ann'}, {name: 'Bob'}]);
    return [
      returned,
      await Customer.named(),
      await Customer.named.count(),
      await Customer.named.create({}),
      Customer.scopes,
      Customer._scopeMeta,
      typeof Customer.named.twice,
      await attempt(() => Customer.named.destroyAll()),
    ];
  });
});

describe('A copy of a class behaves as in juggler', () => {
  itIsAsOnStock(
    'by copyModel of the builder and of a datasource',
    fc.tuple(tameModels, records),
    async ({builder, newBuilder, newDataSource}, [{name, properties, settings}, data]) => {
      const Model = builder.define(name, properties, settings);
      const copies = [builder.copyModel(Model), newBuilder().copyModel(Model), newDataSource().copyModel(Model)];
      const seen = [];
      for (const Copy of copies) {
        seen.push([
          Copy.name,
          Copy.modelName,
          Copy.definition === Model.definition,
          Copy.relations,
          Copy.dataSource,
          outcome(() => new Copy(copyOf(data))),
          outcome(() => new Copy({}) instanceof Model),
          typeof Copy.create,
        ]);
        seen.push(await attempt(async () => [Copy.dataSource && (await Copy.create(copyOf(data)))]));
      }
      return seen;
    },
  );

  itIsAsOnStockOnce('in a transaction', async ({newDataSource}) => {
    const dataSource = newDataSource();
    const Model = dataSource.define(
      'Order',
      {name: String, part: {a: Number, deep: [{b: Date}]}},
      {relations: {parent: {type: 'belongsTo', model: 'Order'}}},
    );
    Model.saved = 0;
    Model.observe('before save', async () => void Model.saved++);
    const tx = dataSource.transaction();
    const Copy = tx.models.Order;
    const created = new Promise((resolve, reject) =>
      Copy.create({part: {a: '1', deep: [{b: '2020-01-01'}]}, unknown: 1}, (error: Error | null, row: unknown) =>
        error ? reject(error) : resolve(row),
      ),
    );
    await new Promise((resolve, reject) => tx.exec((error?: Error) => (error ? reject(error) : resolve('done'))));
    const row: any = await created;
    const kinds = [row instanceof Model, row instanceof Copy, row.part instanceof Model.definition.properties.part.type];
    return [
      [Copy === Model, Copy.definition === Model.definition, Model.saved, Object.keys(Copy.relations), namesOf(tx)],
      [row, kinds, await Model.find(), Copy.dataSource === tx],
    ];
  });
});
