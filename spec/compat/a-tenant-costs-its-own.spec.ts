import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {ModelRegistry, ModelRegistryProxy} from '../../lib/compat';
import {lookedAt} from '../support/first-look';
import {freshDefault} from '../support/process-default';
import {tenantDataSource} from '../support/service';
import {steps} from '../support/steps';

describe('What is done for a tenant in the global registry', () => {
  freshDefault({max: 5_000});
  const dataSourceOf = (tenant: string) => tenantDataSource(TenantRegistries.default, tenant);
  const others = () => {
    for (let index = 0; index < 3_000; index++) {
      TenantContext.run(`tenant${index}`, () =>
        ModelRegistry.registerModel({modelName: 'Customer', definition: {properties: {name: String}}}),
      );
    }
  };

  const LOOK_UPS: Record<string, () => unknown> = {
    'findModelByName, a hit': () => ModelRegistry.findModelByName('Customer'),
    'findModelByName, a miss': () => ModelRegistry.findModelByName('Nothing'),
    'findModelByStructure, a hit': () => ModelRegistry.findModelByStructure({street: String}),
    'findModelByStructure, a miss': () => ModelRegistry.findModelByStructure({nothing: String}),
    getAllModels: () => ModelRegistry.getAllModels(),
    'cleanupInactiveTenants, where none is': () => ModelRegistry.cleanupInactiveTenants(),
  };
  for (const [title, look] of Object.entries(LOOK_UPS)) {
    for (const tenant of ['acme', undefined]) {
      it(`costs the same with 3,000 others as with none: ${title}, ${tenant ? 'of a tenant' : 'where none runs'}`, () => {
        lookedAt(dataSourceOf('acme').createModel('Customer', {address: {street: String}}));
        const run = () => (tenant === undefined ? look() : TenantContext.run(tenant, look));
        run();
        const alone = steps(run);
        expect(alone).to.be.at.most(200);
        others();
        run();
        expect(steps(run)).to.be.at.most(alone);
      });
    }
  }

  it('costs the same with 3,000 others as with none: cleanupTenant', () => {
    const cost = () => {
      lookedAt(dataSourceOf('acme').createModel('Customer', {address: {street: String}}));
      return steps(() => expect(ModelRegistry.cleanupTenant('acme')).to.equal(2));
    };
    cost();
    const alone = cost();
    others();
    cost();
    expect(cost()).to.be.at.most(alone);
  });

  it('costs the same for one model of an owner with 1,000 models as with one', () => {
    const dataSource = dataSourceOf('acme');
    const models = new ModelRegistryProxy(dataSource, 'dataSource');
    dataSource.createModel('Customer', {name: String});
    ModelRegistry.registerModel({modelName: 'Double', dataSource});
    const run = () =>
      void [models.Customer, 'Customer' in models, ModelRegistry.hasModelForOwner(dataSource, 'Customer'), models.Nothing];
    run();
    const alone = steps(run);
    for (let index = 0; index < 1_000; index++) ModelRegistry.registerModel({modelName: `Model${index}`, dataSource});
    run();
    expect(steps(run)).to.equal(alone);
  });

  it('costs each name of an owner once, where all are listed', () => {
    const dataSource = dataSourceOf('acme');
    const models = new ModelRegistryProxy(dataSource, 'dataSource');
    const cost = (count: number) => {
      for (let index = 0; index < count; index++) ModelRegistry.registerModel({modelName: `Model${index}`, dataSource});
      expect(Object.keys(models)).to.have.lengthOf(count);
      return steps(() => void Object.keys(models));
    };
    const few = cost(100);
    expect(cost(1_000)).to.be.below(few * 12);
  });
});
