import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {forEachHolder, mentionAll, type Holder} from '../support/holders';

/** juggler can make no instance of such a model. */
const UNUSABLE = 'made by juggler, because of the name of a property';

/** The ways to make a model on a class of another registry. Each returns the model. */
const WAYS: Record<string, (holder: Holder, A: any) => any> = {
  'by the setting base': ({dataSource, name}, base) => dataSource.createModel(name, {name: String, part: {y: Number}}, {base}),
  'by the setting base of a builder': ({builder, name}, base) => builder.define(name, {name: String}, {base}),
  'as the parent of a define': ({builder, name}, A) => builder.define(name, {name: String}, {}, A),
  'through another subclass': ({dataSource, name}, base) => {
    dataSource.createModel(`${name}Between`, {between: String}, {base});
    return dataSource.createModel(name, {name: String}, {base: `${name}Between`});
  },
  'made by juggler, because it has a mixin': ({builder, dataSource, name}, base) => {
    builder.mixins.define('Stamped', () => {});
    return dataSource.createModel(name, {name: String}, {base, mixins: {Stamped: true}});
  },
  [UNUSABLE]: ({dataSource, name}, base) => dataSource.createModel(name, {name: String, constructor: String}, {base}),
  'with a name that takes a compiler to check': ({dataSource, name}, base) =>
    dataSource.createModel(`${name}é`, {name: String}, {base}),
  'with a name that is no identifier': ({dataSource, name}, base) => dataSource.createModel(`${name} +`, {name: String}, {base}),
  'as a placeholder that is filled in': ({dataSource, builder, name}, base) => {
    builder.getModel(name, true);
    return dataSource.createModel(name, {name: String}, {base});
  },
  'as the default base class of the builder': ({newBuilder, dataSource, name}, A) => {
    const builder = newBuilder();
    builder.defaultModelBaseClass = A;
    return dataSource.attach(lookedAt(builder.define(name, {name: String, part: {y: Number}})));
  },
  'as the default base class of the builder, filled in': ({newBuilder, dataSource, name}, A) => {
    const builder = newBuilder();
    builder.defaultModelBaseClass = A;
    builder.getModel(name, true);
    return dataSource.attach(builder.define(name, {name: String}));
  },
};

const refused = (use: () => unknown) => expect(use).to.throw().with.property('code', 'TENANT_OFFBOARDED');

describe('A model that extends a class of another registry ends with that class, and does not keep it alive where user code keeps the model', () => {
  forEachHolder((holder, ...options) => {
    for (const used of [false, true]) {
      it(`made in each way, of ${holder}, ${used ? '' : 'not '}used`, async () => {
        const registries = new TenantRegistries({embedded: options[1]});
        const subs = new Map<string, any>();
        const ways = Object.entries(WAYS).map(([way, extend]) => [
          way,
          (each: Holder, A: any) => void subs.set(way, extend(each, A)),
        ]);
        const {holders, survivors} = mentionAll(registries, options, Object.fromEntries(ways));
        const [{dataSource}] = holders.values();
        const Other = dataSource.createModel('Other', {name: String, part: {y: Number}});
        const kept = new Map<string, any>();
        if (used) {
          for (const [way, Sub] of subs) {
            if (way === UNUSABLE) continue;
            kept.set(way, new Sub({name: 'kept', x: '1'}));
            if (Sub.dataSource) await Sub.create({name: 'a'});
          }
        }

        expect(await survivors()).to.deep.equal([]);

        for (const [way, {builder, name}] of holders) {
          const Sub = subs.get(way);
          refused(() => new Sub({name: 'x'}));
          refused(() => Sub.definition);
          refused(() => Sub.extend('Further'));
          const sub = kept.get(way);
          if (sub) expect([sub.name, sub.toObject()], way).to.deep.equal(['kept', {...sub.toObject(), name: 'kept'}]);
          expect(
            Object.keys(builder.models).filter(each => each.startsWith(name) && !/\d/.test(each[name.length] ?? '')),
            way,
          ).to.deep.equal([]);
          const Again = dataSource.createModel(name, {name: String, part: {y: Number}});
          expect(await Again.create({name: 'again', part: {y: 1}}), way).to.have.nested.property('part.y', 1);
        }
        expect(await Other.create({name: 'other', part: {y: 2}})).to.have.nested.property('part.y', 2);
        await registries.dispose();
      });
    }
  });
});
