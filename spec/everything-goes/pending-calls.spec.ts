import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {NESTED} from '../support/structures';

/** A connector that never connects. */
const unreachable = {
  name: 'unreachable',
  initialize(dataSource: any, ready: () => void) {
    dataSource.connector = {
      name: 'unreachable',
      _models: {},
      connect() {},
      define(this: any, entry: any) {
        this._models[entry.model.modelName] = entry;
      },
    };
    process.nextTick(() => ready());
  },
};

describe('After offboarding, calls that wait for a connection', () => {
  for (const follows of [false, true]) {
    it(`have failed with the code, and keep no class alive (a datasource ${follows ? 'that follows the running tenant' : 'of the tenant'})`, async () => {
      const registries = new TenantRegistries();
      const before = liveClasses();
      const settings = {connector: unreachable, lazyConnect: true};
      const dataSource = keepingDataSource(registries, follows ? undefined : 'acme', settings);
      await new Promise(setImmediate);
      const errors: any[] = [];
      const failed = TenantContext.run('acme', () => {
        const Customer = dataSource.createModel('Customer', NESTED());
        Customer.find({}, (error: unknown) => errors.push(error));
        return new Customer({addr: {street: 'x'}}).save().catch((error: unknown) => errors.push(error)) as Promise<void>;
      });

      const report = await registries.offboard('acme', {drainTimeout: 0, verify: true});
      await failed;

      expect(errors.map(error => error.code)).to.deep.equal(['TENANT_OFFBOARDED', 'TENANT_OFFBOARDED']);
      expect(report.survivors).to.equal(0);
      expect(liveClasses() - before).to.equal(0);
      dataSource.emit('connected'); // juggler's own timers of these calls end here
    });
  }
});
