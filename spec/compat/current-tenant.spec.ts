import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {getCurrentTenant, ModelRegistry} from '../../lib/compat';
import {liveClasses} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {tenantDataSource} from '../support/service';

describe('The current tenant of the global registry', () => {
  freshDefault();

  it('is the one that runs, null where none does', () => {
    expect(getCurrentTenant()).to.equal(null);
    TenantContext.run('acme', () => expect(getCurrentTenant()).to.equal('acme'));
  });

  describe('of a context library of the application’s own', () => {
    let current: () => string | undefined = () => undefined;
    freshDefault({currentTenant: () => current()});

    it('is what that says', () => {
      current = () => 'acme';
      expect(getCurrentTenant()).to.equal('acme');
      const model = ModelRegistry.registerModel({modelName: 'Customer'});
      expect(ModelRegistry.getAllModels('acme').get('Customer')?.model).to.equal(model);
    });

    it('is an error where that throws one: no model becomes everybody’s, and no look-up sees what is', () => {
      const before = liveClasses();
      const error = new Error('no context');
      current = () => undefined;
      const dataSource = tenantDataSource(TenantRegistries.default);
      current = () => {
        throw error;
      };
      const work: (() => unknown)[] = [
        getCurrentTenant,
        () => ModelRegistry.registerModel({modelName: 'Customer'}),
        () => ModelRegistry.findModelByName('Customer'),
        () => ModelRegistry.findModelByStructure({name: String}),
        () => ModelRegistry.getAllModels(),
        () => dataSource.createModel('Customer', {name: String}),
      ];
      for (const each of work) expect(each).to.throw(error);
      current = () => undefined;
      expect(ModelRegistry.findModelByName('Customer')).to.equal(undefined);
      expect(liveClasses()).to.equal(before);
    });
  });

  it('decides nothing else than NODE_ENV says', () => {
    const {NODE_ENV} = process.env;
    const outcome = (env: string) => {
      process.env.NODE_ENV = env;
      ModelRegistry.clear();
      const model = ModelRegistry.registerModel({modelName: 'Customer', settings: {parentRef: 'one'}}, {name: String});
      const builder = {settings: {parentRef: 'two'}};
      return [ModelRegistry.findModelByStructure({name: String}, builder as never) === model, ModelRegistry.getStats()];
    };
    try {
      expect(outcome('test')).to.deep.equal(outcome('production'));
    } finally {
      if (NODE_ENV === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = NODE_ENV;
    }
  });
});
