import {expect} from 'chai';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {FakeServer} from '../../support/fake-server';
import {nextJob} from '../../support/live-classes';

/** juggler's limit of listeners, above which Node warns (`maxOfflineRequests`). */
const JUGGLERS = 16;
const BURST = 40;

describe('Operations that wait until their datasource is connected', () => {
  let registries: TenantRegistries;
  let server: FakeServer;
  let warnings: Error[];
  const note = (warning: Error) => void warnings.push(warning);
  beforeEach(() => {
    registries = new TenantRegistries();
    server = new FakeServer();
    server.mode = 'wait';
    warnings = [];
    process.on('warning', note);
  });
  afterEach(() => {
    process.off('warning', note);
    return registries.dispose();
  });

  /** Where a datasource comes from. */
  const COLD: Record<string, () => any> = {
    'a datasource of TenantDataSources': () =>
      new TenantDataSources({registries, create: () => ({connector: server.connector})}).get('acme'),
    'a datasource of one tenant': () =>
      new DataSource({connector: server.connector, lazyConnect: true, modelRegistry: {registries, tenant: 'acme'}}),
    'a datasource that follows the running tenant': () =>
      new DataSource({connector: server.connector, lazyConnect: true, modelRegistry: {registries}}),
  };

  for (const [what, make] of Object.entries(COLD)) {
    const begin = (dataSource: any) =>
      TenantContext.run('acme', () => {
        const Note = dataSource.models.Note ?? dataSource.createModel('Note', {text: String});
        return Array.from({length: BURST}, () => Note.create({text: 'x'}));
      });
    const begun = async () => {
      for (let turn = 0; turn < 100 && server.waiting.length === 0; turn++) await nextJob();
    };

    it(`cause no warning, however many they are, and its limit of listeners is as before: ${what}`, async () => {
      const dataSource = make();
      const operations = begin(dataSource);
      await begun();
      server.waiting[0]();
      expect(await Promise.all(operations)).to.have.lengthOf(BURST);
      await nextJob();
      expect(warnings.map(String)).to.deep.equal([]);
      expect(dataSource.getMaxListeners()).to.equal(JUGGLERS);
    });

    it(`do not count among the application’s own listeners, of which Node still warns: ${what}`, async () => {
      const dataSource = make();
      const operations = begin(dataSource);
      for (let count = 0; count < 20; count++) dataSource.on('connected', () => {});
      await begun();
      server.waiting[0]();
      await Promise.all(operations);
      await nextJob();
      expect(warnings.map(({name}) => name)).to.deep.equal(['MaxListenersExceededWarning']);
    });
  }

  it('leave the limit as before when the connection fails, and when the tenant ends', async () => {
    const failing: any = COLD['a datasource of TenantDataSources']();
    const Note = failing.createModel('Note', {text: String});
    const operations = Array.from({length: BURST}, () => Note.create({text: 'x'}));
    for (let turn = 0; turn < 100 && server.waiting.length === 0; turn++) await nextJob();
    server.waiting[0](new Error('refused'));
    for (const {status} of await Promise.allSettled(operations)) expect(status).to.equal('rejected');
    expect(failing.getMaxListeners()).to.equal(JUGGLERS);
    const leaving: any = COLD['a datasource of one tenant']();
    const Other = leaving.createModel('Note', {text: String});
    const cut = Array.from({length: BURST}, () => Other.create({text: 'x'}));
    const [results] = await Promise.all([Promise.allSettled(cut), registries.offboard('acme', {drainTimeout: 0})]);
    expect(results.every(({status}) => status === 'rejected')).to.equal(true);
    expect(leaving.getMaxListeners()).to.equal(JUGGLERS);
    expect(warnings.map(String)).to.deep.equal([]);
  });
});
