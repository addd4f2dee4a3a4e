import {expect} from 'chai';
import {ModelBuilder, TenantRegistries} from '../../../lib/index';
import {CountedReferences} from '../../support/counted-references';
import {tenantDataSource, type AnyModel} from '../../support/service';

const WAITING = 'dataAccessConfigured';
const DEFINITIONS = 400;
/** So many of the models that are made and replaced in one turn of the event loop are held weakly, to be sealed with their tenant. */
const REPLACED = 100;
/** A registry looks at its list of listeners each time that this many have come. */
const STRIDE = 32;

describe('Relations to shared models that have no datasource yet', () => {
  it('cost their tenant a bounded list of listeners, however many of them have been served', async () => {
    const registries = new TenantRegistries();
    const shared = new ModelBuilder({registry: registries.shared});
    const sharedSource = tenantDataSource(registries);
    const dataSource = tenantDataSource(registries, 'acme');
    const references = new CountedReferences();
    try {
      for (let i = 0; i < DEFINITIONS; i++) {
        const Target: AnyModel = shared.define('Target', {});
        dataSource.createModel('Order', {}, {relations: {target: {type: 'belongsTo', model: 'Target'}}});
        expect(Target.listeners(WAITING)).to.have.lengthOf(1);
        sharedSource.attach(Target);
        expect(Target.listeners(WAITING)).to.have.lengthOf(0);
      }
      expect(references.count()).to.be.at.most(2 * STRIDE + REPLACED);
    } finally {
      references.restore();
    }
    await registries.dispose();
  });

  it('are waited for until their tenant leaves, among many that have been served', async () => {
    const registries = new TenantRegistries();
    const shared = new ModelBuilder({registry: registries.shared});
    const dataSource = tenantDataSource(registries, 'acme');
    const sharedSource = tenantDataSource(registries);
    const targets: AnyModel[] = [];
    for (let i = 0; i < 2 * STRIDE; i++) {
      targets.push(shared.define(`Target${i}`, {}));
      dataSource.createModel(`Order${i}`, {}, {relations: {target: {type: 'belongsTo', model: `Target${i}`}}});
      if (i % 2 > 0) sharedSource.attach(targets[i]);
    }
    const waiting = () => targets.map(target => target.listeners(WAITING).length);
    expect(waiting()).to.deep.equal(targets.map((_, i) => (i + 1) % 2));
    await registries.offboard('acme');
    expect(waiting()).to.deep.equal(targets.map(() => 0));
    await registries.dispose();
  });
});
