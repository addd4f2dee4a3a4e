import {once} from 'node:events';
import {Agent, type IncomingMessage, type ServerResponse} from 'node:http';
import {expect} from 'chai';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {DataSource, TenantContext, TenantRegistries} from '../../lib/index';
import {deferred} from '../support/deferred';
import {lookedAt} from '../support/first-look';
import {Service} from '../support/http';
import {liveClasses, nextJob} from '../support/live-classes';
import {NESTED} from '../support/structures';

describe('The lease of a request', () => {
  let registries: TenantRegistries;
  let service: Service;

  beforeEach(() => (registries = new TenantRegistries()));
  afterEach(() => service.stop());

  async function serve(
    handler: (request: IncomingMessage, response: ServerResponse) => unknown,
    options: Partial<TenantRequestsOptions> = {},
  ): Promise<void> {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries, ...options});
    service = await Service.start(listener(handler));
  }

  const contexts = () => registries.activeContexts('acme');

  /** Waits, because the server learns of the end of a response a moment after the client. */
  async function noContexts(): Promise<void> {
    for (let turn = 0; turn < 1_000 && contexts() > 0; turn++) await nextJob();
    expect(contexts()).to.equal(0);
  }

  it('is held until the last byte of a stream, after the handler has returned', async () => {
    const ended: string[] = [];
    let response!: ServerResponse;
    await serve((_, theirs) => {
      response = theirs;
      TenantContext.current!.onEnd(() => ended.push('context'));
      response.write('first ');
    });
    const answer = await service.begin('/', {tenant: 'acme'});
    const [first] = await once(answer, 'data');
    expect([String(first), contexts()]).to.deep.equal(['first ', 1]);

    const offboarding = registries.offboard('acme');
    response.write('second');
    const [second] = await once(answer, 'data');
    expect([String(second), contexts(), ended]).to.deep.equal(['second', 1, []]);

    response.end();
    expect(await offboarding).to.include({leasesDrained: 1, leasesForced: 0});
    expect(ended).to.deep.equal(['context']);
  });

  it('is released when the client disconnects in the middle of a response', async () => {
    await serve((_, response) => void response.write('first'));
    const answer = await service.begin('/', {tenant: 'acme'});
    await once(answer, 'data');
    expect(contexts()).to.equal(1);
    answer.destroy();
    await noContexts();
  });

  it('is released when the client disconnects before the response begins', async () => {
    const begun = deferred<void>();
    await serve(() => begun.resolve());
    const request = service.send('/', {tenant: 'acme'});
    request.on('error', () => {});
    await begun.promise;
    expect(contexts()).to.equal(1);
    request.destroy();
    await noContexts();
  });

  it('is not taken when the client disconnects while the strategy runs; the request is not served either', async () => {
    const [asked, answer] = [deferred<ServerResponse>(), deferred<string>()];
    let served = false;
    const {listener} = tenantMiddleware({registries, tenant: () => answer.promise});
    const serving = listener(() => (served = true));
    service = await Service.start((request, response) => {
      asked.resolve(response);
      serving(request, response);
    });
    const request = service.send('/', {});
    request.on('error', () => {});
    const closed = once(await asked.promise, 'close');
    request.destroy();
    await closed;
    answer.resolve('acme');
    await nextJob();
    expect([served, contexts(), registries.stats().tenants]).to.deep.equal([false, 0, 0]);
  });

  it('is released when the handler fails; a request of another tenant is served as usual', async () => {
    await serve(({headers}, response) => {
      if (headers['x-tenant'] === 'globex') return response.end('served');
      void registries.offboard('acme', {drainTimeout: 0});
      registries.for('acme');
    });
    expect((await service.call('/', {tenant: 'acme'})).body.error).to.include({code: 'TENANT_OFFBOARDED', statusCode: 410});
    expect(await service.call('/', {tenant: 'globex'})).to.include({status: 200, text: 'served'});
    await noContexts();
  });

  it('that ends by an error in the middle of a response destroys the response, so that the client does not take it for a complete one', async () => {
    await serve(async (_, response) => {
      response.write('first');
      await registries.offboard('acme', {drainTimeout: 0});
      registries.for('acme');
    });
    const answer = await service.begin('/', {tenant: 'acme'});
    answer.resume();
    const [error] = await once(answer, 'error');
    expect(error).to.include({code: 'ECONNRESET'});
    await noContexts();
  });

  it('belongs to one request: a keep-alive connection serves several tenants in turn and holds none of them', async () => {
    const sockets = new Set<unknown>();
    await serve((request, response) => {
      sockets.add(request.socket);
      response.end(`${TenantContext.tenant} ${registries.current().tenant}`);
    });
    const agent = new Agent({keepAlive: true, maxSockets: 1});
    for (const tenant of ['acme', 'globex', 'acme', 'initech']) {
      expect(await service.call('/', {tenant, agent})).to.include({text: `${tenant} ${tenant}`});
    }
    await noContexts();
    expect(sockets.size).to.equal(1);
    agent.destroy();
  });

  it('leaves no class of an offboarded tenant in a keep-alive connection', async () => {
    const before = liveClasses();
    await serve((_, response) => {
      lookedAt(new DataSource({connector: 'memory', modelRegistry: {registries}}).createModel('Customer', NESTED()));
      response.end();
    });
    const agent = new Agent({keepAlive: true, maxSockets: 1});
    await service.call('/', {tenant: 'acme', agent});
    await noContexts();
    await registries.offboard('acme');
    await nextJob();
    expect(liveClasses()).to.equal(before);
    agent.destroy();
  });

  it('covers the listeners of the request and the response, which the socket calls', async () => {
    const seen: (string | undefined)[] = [];
    await serve((request, response) => {
      const note = () => seen.push(TenantContext.tenant);
      request.once('data', note).once('end', () => {
        note();
        response.once('finish', note).once('close', note).end();
      });
    });
    await service.call('/', {tenant: 'acme', body: {}});
    await noContexts();
    expect(seen).to.deep.equal(['acme', 'acme', 'acme', 'acme']);
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('is taken by each middleware that the request passes; all of them are released', async () => {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries});
    let most = 0;
    service = await Service.start(
      listener(
        listener((_, response) => {
          most = contexts();
          response.end();
        }),
      ),
    );
    await service.call('/', {tenant: 'acme'});
    expect(most).to.equal(2);
    await noContexts();
  });
});
