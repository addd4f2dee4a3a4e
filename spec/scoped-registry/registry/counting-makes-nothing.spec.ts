import {expect} from 'chai';
import {DataSource, TenantRegistries} from '../../../lib/index';
import {EmbeddedClassRecord} from '../../../lib/scoped-registry/classes/embedded-class-record';
import {isUnreadDefinition} from '../../../lib/scoped-registry/classes/lazy-definition';
import {hasMadeAnything} from '../../../lib/scoped-registry/ownership/class-record';
import type {ModelClass} from '../../../lib/scoped-registry/juggler/types';

/** Classes of a tenant whose definitions are unread: one named class and three embedded ones. */
function unseenClasses(registries: TenantRegistries): ModelClass[] {
  const db = new DataSource({connector: 'memory', modelRegistry: {registry: registries.for('acme')}});
  db.createModel('Customer', {address: {street: String, geo: {lat: Number}}, items: [{sku: String, on: Date}]});
  // makes what is deferred, and looks into no definition
  registries.for('acme').findByStructure({});
  const unseen = [...registries.for('acme').classes()].filter(model => isUnreadDefinition(model.definition));
  expect(unseen.map(({modelName}) => modelName)).to.have.length(4);
  return unseen;
}

function made(models: readonly ModelClass[]): string[] {
  return models.filter(model => !isUnreadDefinition(model.definition) || hasMadeAnything(model)).map(({modelName}) => modelName);
}

describe('What classes make on first use', () => {
  it('is not made when the classes are counted', () => {
    const registries = new TenantRegistries();
    const unseen = unseenClasses(registries);
    expect(registries.stats().models).to.equal(4);
    expect(registries.for('acme').stats()).to.include({models: 1, embeddedModels: 3});
    registries.getMemoryStats();
    registries.findLeaks();
    expect(made(unseen)).to.deep.equal([]);
  });

  it('is not made when their registry ends', async () => {
    const registries = new TenantRegistries();
    const unseen = unseenClasses(registries);
    const definitions = unseen.map(({definition}) => definition!);
    expect(await registries.offboard('acme')).to.include({models: 1, embeddedModels: 3});
    expect(definitions.filter(definition => Object.hasOwn(definition, 'properties'))).to.deep.equal([]);
    expect(unseen.filter(hasMadeAnything)).to.deep.equal([]);
    for (const model of unseen)
      expect(() => model.definition)
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
  });

  it('is not reckoned once more for a class that is about to end', async () => {
    const registries = new TenantRegistries();
    const db: any = new DataSource({connector: 'memory', modelRegistry: {registry: registries.for('acme')}});
    const Customer = db.createModel('Customer', {address: {street: String, geo: {lat: Number}}});
    void new Customer({address: {street: 'Main Street', geo: {lat: 1}}}).address.geo;
    const {expectedContent} = EmbeddedClassRecord.prototype;
    let reckoned = 0;
    EmbeddedClassRecord.prototype.expectedContent = function () {
      reckoned++;
      return expectedContent.call(this);
    };
    try {
      expect(registries.for('acme').stats().fingerprints).to.equal(2);
      expect(reckoned).to.be.above(0);
      reckoned = 0;
      expect(await registries.offboard('acme')).to.include({models: 1, embeddedModels: 2});
      expect(reckoned).to.equal(0);
    } finally {
      EmbeddedClassRecord.prototype.expectedContent = expectedContent;
    }
  });
});
