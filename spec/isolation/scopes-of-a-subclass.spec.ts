import {expect} from 'chai';
import {forJuggler, TenantContext, TenantRegistries} from '../../lib/index';
import {JUGGLERS} from '../support/side-by-side';
import {keepingConnector} from '../support/keeping-connector';

/** By the relation as well: juggler lists a hasMany among the scopes. */
const seen = (model: any) => [Object.keys(model.scopes), Object.keys(model._scopeMeta)];

describe('A tenant’s model that extends a shared model', () => {
  for (const {major, juggler} of JUGGLERS) {
    it(`inherits the scopes, adds its own to itself only, and leaves the shared ones in place when it ends (juggler ${major})`, async () => {
      const {DataSource} = forJuggler(juggler);
      const registries = new TenantRegistries();
      const dataSource: any = new DataSource({connector: keepingConnector(), modelRegistry: {registries}});
      const [Customer, Order] = ['Customer', 'Order'].map(name => dataSource.createModel(name, {name: String}));
      Customer.hasMany(Order, {as: 'orders'});
      Customer.scope('vips', {where: {name: 'Ann'}});
      const before = seen(Customer);
      expect(before).to.deep.equal([['orders', 'vips'], ['vips']]);

      const extend = async () => {
        const Derived = Customer.extend('Derived', {extra: {more: String}});
        Derived.attachTo(dataSource);
        expect(seen(Derived)).to.deep.equal(before);
        Derived.hasMany(Derived, {as: 'others'});
        Derived.scope('bobs', {where: {name: 'Bob'}});
        expect(seen(Derived)).to.deep.equal([
          ['orders', 'vips', 'others', 'bobs'],
          ['vips', 'bobs'],
        ]);
        await Derived.create([{name: 'Ann'}, {name: 'Bob'}]);
        expect(await Derived.bobs.count()).to.equal(1);
      };
      await TenantContext.run('acme', extend);
      expect(seen(Customer)).to.deep.equal(before);
      expect(await registries.offboard('acme', {verify: true})).to.include({models: 1, survivors: 0});
      expect(seen(Customer)).to.deep.equal(before);
      await registries.dispose();
    });
  }
});
