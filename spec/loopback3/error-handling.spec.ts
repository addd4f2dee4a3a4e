import {expect} from 'chai';
import {TenantRegistries, TenantUnavailableError} from '../../lib/index';
import {Service} from '../support/http';
import {shopApp} from '../support/loopback-app';

/** What `remoting.rest.handleErrors` of config.json decides, for errors that remote methods come to. */
describe('An error of a tenant’s models, in an application of LoopBack 3,', () => {
  for (const [handleErrors, status, retryAfter] of [
    [false, 503, '1'],
    [true, 500, undefined],
  ] as const) {
    const whose = handleErrors ? 'LoopBack’s REST itself' : 'the application';
    it(`is answered with ${status} when ${whose} handles errors, and names no tenant`, async () => {
      const registries = new TenantRegistries();
      const {app} = await shopApp(registries, () => ({connector: 'memory'}), {}, {handleErrors});
      app.models.Customer.observe('access', async () => {
        throw new TenantUnavailableError('acme', new Error('password'));
      });
      const service = await Service.start(app);
      const answer = await service.call('/api/Customers', {tenant: 'acme'});
      await service.stop();
      await registries.dispose();
      expect([answer.status, answer.headers['retry-after']]).to.deep.equal([status, retryAfter]);
      expect(answer.text).not.to.match(/acme|password/);
    });
  }
});
