import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {readDocuments} from '../../lib/simulate/documents';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {isLong} from '../support/long-form';
import {keepingDataSource} from '../support/keeping-connector';

const TENANTS = isLong ? 20 : 6;

describe('Tenant clean-up on the GitHub webhook payloads', () => {
  it(`${TENANTS} tenants, two rounds: at most 720 classes each; after half have left, exactly the classes of the other half live`, async function () {
    // thousands of classes
    this.timeout(isLong ? 300_000 : 60_000);
    const documents = await readDocuments(undefined);
    const registries = new TenantRegistries();
    const before = liveClasses();
    // everything stays referenced by the caller
    const dataSources = Array.from({length: TENANTS}, (_, tenant) => keepingDataSource(registries, `tenant-${tenant}`));
    const builders = dataSources.map(dataSource => dataSource.modelBuilder);
    for (let round = 0; round < 2; round++) {
      for (const dataSource of dataSources) {
        for (const {name, json} of documents) lookedAt(dataSource.buildModelFromInstance(name, json));
      }
    }
    await new Promise(setImmediate);
    const all = liveClasses() - before;
    expect(documents).to.have.lengthOf(329);
    expect(all / TENANTS).to.be.at.most(720);
    expect(registries.stats().models).to.equal(all);

    let dropped = 0;
    for (let tenant = 0; tenant < TENANTS; tenant += 2) {
      const {models, embeddedModels} = await registries.offboard(`tenant-${tenant}`);
      dropped += models + embeddedModels;
    }

    expect(liveClasses() - before).to.equal(all / 2);
    expect(dropped).to.equal(all / 2);
    expect([dataSources.length, builders.length]).to.deep.equal([TENANTS, TENANTS]);
    await registries.dispose();
    expect(liveClasses() - before).to.equal(0);
  });
});
