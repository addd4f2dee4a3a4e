import {expect} from 'chai';
import {DataSource, TenantRegistries} from '../../lib/index';
import {isUnseen} from '../../lib/scoped-registry/lazy-definition';
import {isUsed} from '../../lib/scoped-registry/first-use';
import type {ModelClass} from '../../lib/scoped-registry/juggler';

/** Embedded classes of a tenant that nobody has looked into. */
function embeddedClasses(registries: TenantRegistries): ModelClass[] {
  const db = new DataSource({connector: 'memory', modelRegistry: {registry: registries.for('acme')}});
  db.createModel('Customer', {address: {street: String, geo: {lat: Number}}, items: [{sku: String, on: Date}]});
  const embedded = [...registries.for('acme').classes()].filter(model => isUnseen(model.definition));
  expect(embedded.map(({modelName}) => modelName)).to.have.length(3);
  return embedded;
}

function made(models: readonly ModelClass[]): string[] {
  return models.filter(model => !isUnseen(model.definition) || isUsed(model)).map(({modelName}) => modelName);
}

describe('What embedded classes make on first use', () => {
  it('is not made by counting them', () => {
    const registries = new TenantRegistries();
    const embedded = embeddedClasses(registries);
    expect(registries.stats().models).to.equal(4);
    expect(registries.for('acme').stats()).to.include({models: 1, embeddedModels: 3});
    registries.getMemoryStats();
    registries.findLeaks();
    expect(made(embedded)).to.deep.equal([]);
  });

  it('is not made by their registry’s end', async () => {
    const registries = new TenantRegistries();
    const embedded = embeddedClasses(registries);
    const definitions = embedded.map(({definition}) => definition!);
    expect(await registries.offboard('acme')).to.include({models: 1, embeddedModels: 3});
    expect(definitions.filter(definition => Object.hasOwn(definition, 'properties'))).to.deep.equal([]);
    expect(embedded.filter(isUsed)).to.deep.equal([]);
    for (const model of embedded)
      expect(() => model.definition)
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
  });
});
