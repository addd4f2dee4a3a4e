import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {getCurrentTenant, ModelRegistry} from '../../lib/compat';
import {liveClasses} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {keepingDataSource} from '../support/keeping-connector';

describe('The current tenant of the global registry', () => {
  freshDefault();

  it('is the running tenant, and null when no tenant runs', () => {
    expect(getCurrentTenant()).to.equal(null);
    TenantContext.run('acme', () => expect(getCurrentTenant()).to.equal('acme'));
  });

  describe('with the option currentTenant', () => {
    let current: () => string | undefined = () => undefined;
    freshDefault({currentTenant: () => current()});

    it('is the code that the option returns', () => {
      current = () => 'acme';
      expect(getCurrentTenant()).to.equal('acme');
      const model = ModelRegistry.registerModel({modelName: 'Customer'});
      expect(ModelRegistry.getAllModels('acme').get('Customer')?.model).to.equal(model);
    });

    it('is an error when the option throws one: no shared model is made, and no look-up finds a shared model', () => {
      const before = liveClasses();
      const error = new Error('no context');
      current = () => undefined;
      const dataSource = keepingDataSource(TenantRegistries.default);
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

  it('finds the same models with every NODE_ENV', () => {
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
