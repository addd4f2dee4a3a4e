import {expect} from 'chai';
import {ModelRegistry} from '../../../lib/index';
import {RegistryCache} from '../../../lib/scoped-registry/registry/registry-cache';

describe('The cache of registries', () => {
  it('forgets the codes of tenants whose registries are disposed, even if no registry was ever evicted', () => {
    const cache = new RegistryCache({max: Infinity, maxModels: 1_000}, new ModelRegistry(), () => {});
    for (let i = 0; i < 1_000; i++) cache.add(`tenant-${i}`, i).dispose();
    expect(cache.size).to.equal(0);
    expect(cache.codes()).to.have.lengthOf.below(5);
  });
});
