import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {FakeServer} from '../../support/fake-server';

interface Scene {
  readonly registries: TenantRegistries;
  readonly sources: TenantDataSources;
  /** Lets the time that idle datasources are kept pass. */
  readonly wait: () => void;
}

/** What makes the datasource of acme connect, while another tenant's work runs. */
const CONNECTS: Record<string, (scene: Scene) => unknown> = {
  get: ({sources}) => sources.get('acme'),
  ensure: ({sources}) => sources.ensure('acme'),
};

/** What ends the datasource of acme, while another tenant's work runs. */
const DISCONNECTS: Record<string, (scene: Scene) => unknown> = {
  'a get beyond max': ({sources}) => sources.get('globex'),
  close: ({sources}) => sources.close('acme'),
  idleness: ({wait}) => wait(),
  reload: ({registries}) => registries.reload('acme'),
  offboard: ({registries}) => registries.offboard('acme'),
  shutdown: ({registries}) => registries.shutdown(),
};

describe('The connector of a tenant’s datasource', () => {
  let scene: Scene;
  /** The tenants in whose contexts acme's connector was called. */
  let seen: {connect: unknown[]; disconnect: unknown[]; later: unknown[]};
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
    const registries = new TenantRegistries();
    seen = {connect: [], disconnect: [], later: []};
    const server = new FakeServer();
    const create = (tenant: string) => ({
      connector: {
        name: 'fake',
        initialize(dataSource: any, callback: () => void) {
          server.connector.initialize(dataSource, callback);
          if (tenant !== 'acme') return;
          for (const method of ['connect', 'disconnect'] as const) {
            const stock = dataSource.connector[method];
            dataSource.connector[method] = (answer: () => void) => {
              seen[method].push(TenantContext.tenant);
              setImmediate(() => seen.later.push(TenantContext.tenant));
              return stock(answer);
            };
          }
        },
      },
    });
    const sources = new TenantDataSources({registries, create, max: 1, idleTtl: 1_000, clock});
    scene = {registries, sources, wait: () => clock.passAtOnce(1_000)};
  });
  afterEach(async () => {
    await scene.registries.dispose();
  });

  const connected = () => scene.sources.ensure('acme');
  const turns = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)));

  for (const running of ['globex', undefined]) {
    const where = running ? 'in another tenant’s work' : 'where no tenant runs';
    const run = (work: () => unknown) => (running ? TenantContext.run(running, work) : work());

    for (const [what, connect] of Object.entries(CONNECTS)) {
      it(`connects for its tenant when ${what} is called ${where}`, async () => {
        await run(() => connect(scene));
        await connected();
        await turns();
        expect(seen).to.deep.equal({connect: ['acme'], disconnect: [], later: ['acme']});
      });
    }

    for (const [what, disconnect] of Object.entries(DISCONNECTS)) {
      it(`disconnects for its tenant because of ${what} ${where}`, async () => {
        await connected();
        await turns();
        await run(() => disconnect(scene));
        await turns();
        expect(seen).to.deep.equal({connect: ['acme'], disconnect: ['acme'], later: ['acme', 'acme']});
      });
    }
  }

  it('is connected and disconnected without a context that counts as work of the tenant', async () => {
    const counts: number[] = [];
    const note = () => counts.push(TenantContext.activeContexts('acme'));
    const dataSource: any = scene.sources.get('acme');
    dataSource.once('connected', note);
    await connected();
    dataSource.once('disconnected', note);
    await scene.sources.close('acme');
    note();
    expect(counts)
      .to.deep.equal(counts.map(() => 0))
      .and.not.to.deep.equal([]);
  });
});
