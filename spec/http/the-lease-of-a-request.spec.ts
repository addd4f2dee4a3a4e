import {once} from 'node:events';
import {Agent, ServerResponse, type IncomingMessage} from 'node:http';
import {connect, createServer as createServer2} from 'node:http2';
import type {AddressInfo, Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {expect} from 'chai';
import {tenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {DataSource, TenantContext, TenantRegistries} from '../../lib/index';
import {deferred} from '../support/deferred';
import {lookedAt} from '../support/first-look';
import {Service} from '../support/http';
import {liveClasses, nextJob} from '../support/live-classes';
import {head, RawClient} from '../support/raw-client';
import {until} from '../support/settling';
import {ADAPTERS, serveWithoutConnection} from '../support/serverless';
import {NESTED} from '../support/structures';
import {warningsOf} from '../support/warnings';
import {keepingConnector} from '../support/keeping-connector';

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

  /** A service whose requests come to the middleware later, or never. */
  const startAside = (listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Service> =>
    Service.start((request, response) => void listener(request, response));

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
      lookedAt(new DataSource({connector: keepingConnector(), modelRegistry: {registries}}).createModel('Customer', NESTED()));
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

  it('is held while a request is served whose body has been read to its end', async () => {
    let response!: ServerResponse;
    await serve(async (request, theirs) => {
      request.resume();
      await once(request, 'close');
      response = theirs;
    });
    const answer = service.call('/', {tenant: 'acme', body: {}});
    await until(() => response !== undefined);
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect(contexts()).to.equal(1);
    response.end();
    await answer;
    await noContexts();
  });

  it('is not taken when the client has gone before the request comes to the middleware', async () => {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries});
    let served = 0;
    const serving = listener(() => served++);
    const [begun, waited, gone] = [[] as unknown[], [] as unknown[], deferred()];
    service = await startAside(async (request, response) => {
      begun.push(request);
      if (begun.length === 1) request.socket.once('close', () => setImmediate(gone.resolve));
      await gone.promise;
      serving(request, response);
      waited.push(response);
    });
    const client = await RawClient.connect(service.port);
    client.pipeline('/', ['acme', 'acme']);
    await until(() => begun.length === 2);
    client.leave();
    await until(() => waited.length === 2);
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect([served, contexts()]).to.deep.equal([0, 0]);
  });

  it('is not taken when the response was closed before the request comes to the middleware, though the connection is open', async () => {
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}, registries});
    const over = deferred();
    let served = 0;
    const serving = listener(() => served++);
    service = await startAside(async (request, response) => {
      await once(response.end(), 'close');
      serving(request, response);
      await nextJob();
      over.resolve();
    });
    const client = await RawClient.connect(service.port);
    client.pipeline('/', ['acme']);
    await over.promise;
    expect([served, contexts(), client.closed]).to.deep.equal([0, 0, false]);
    client.leave();
  });

  it('is released by `close` alone, as adapters emit it for a response that is destroyed', async () => {
    await serve(() => {});
    const {response} = serveWithoutConnection(service.server, 'without a socket', {path: '/', tenant: 'acme'});
    await until(() => contexts() > 0);
    response.emit('close');
    expect(contexts()).to.equal(0);
  });

  it('lasts until the listeners of `finish` have run', async () => {
    const seen: unknown[] = [];
    await serve((_, response) => {
      TenantContext.set('id', 7);
      response.once('finish', () => seen.push(TenantContext.get('id'), contexts())).end();
    });
    await service.call('/', {tenant: 'acme'});
    await noContexts();
    expect(seen).to.deep.equal([7, 1]);
  });

  it('is not taken by a request that waits behind another one when its client disconnects while the strategy runs', async () => {
    const [answer, served] = [deferred<string>(), [] as string[]];
    let asked = 0;
    const {listener} = tenantMiddleware({registries, tenant: () => (asked++, answer.promise)});
    const sockets = new Set<Socket>();
    const serving = listener(({url}) => served.push(url!));
    service = await Service.start((request, response) => {
      sockets.add(request.socket);
      serving(request, response);
    });
    const client = await RawClient.connect(service.port);
    client.pipeline('/', ['acme', 'acme', 'acme']);
    await until(() => asked === 3);
    const [socket] = sockets;
    const closed = once(socket, 'close');
    client.leave();
    await closed;
    answer.resolve('acme');
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect([served, contexts(), registries.stats().tenants]).to.deep.equal([[], 0, 0]);
  });

  for (const adapter of Object.keys(ADAPTERS) as (keyof typeof ADAPTERS)[])
    it(`is not taken when a response ${adapter} is finished while the strategy runs`, async () => {
      const answer = deferred<string>();
      let served = false;
      const {listener} = tenantMiddleware({registries, tenant: () => answer.promise});
      service = await Service.start(listener(() => (served = true)));
      const {response} = serveWithoutConnection(service.server, adapter, {path: '/', tenant: 'acme'});
      response.end('too late');
      await nextJob();
      answer.resolve('acme');
      await nextJob();
      expect([served, contexts()]).to.deep.equal([false, 0]);
    });

  it('is released when the response was finished before the request came to the middleware', async () => {
    const {listener} = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}});
    let most = 0;
    const serving = listener(() => (most = contexts()));
    service = await startAside(async (request, response) => {
      response.end();
      await nextJob();
      serving(request, response);
    });
    serveWithoutConnection(service.server, 'whose socket is a plain object', {path: '/', tenant: 'acme'});
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect([most, contexts()]).to.deep.equal([1, 0]);
  });

  it('is released when the connection closes, for a response that was made for an upgraded one', async () => {
    const {listener} = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}});
    const serving = listener(() => {});
    service = await Service.start(listener(() => {}));
    const sockets: Duplex[] = [];
    service.server.on('upgrade', (request, socket) => {
      sockets.push(socket);
      // as a WebSocket is read
      socket
        .on('error', () => {})
        .on('end', () => socket.end())
        .resume();
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      serving(request, new ServerResponse(request));
    });
    const client = await RawClient.connect(service.port);
    client.write(head('GET', '/', 'acme', {Connection: 'Upgrade', Upgrade: 'echo'}));
    await until(() => sockets.length > 0);
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect(contexts()).to.equal(1);
    client.leave();
    await noContexts();
  });

  it('is released at the end of each stream of HTTP/2, and when its session ends', async () => {
    const {listener} = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}});
    const server = createServer2(
      listener(({url}, response) => void (url === '/held' ? response.write('first') : response.end())) as never,
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    service = {stop: async () => void server.close()} as Service;
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const begin = (path: string) =>
      session
        .request({':path': path, 'x-tenant': 'acme'})
        .on('error', () => {})
        .resume();
    const warnings = await warningsOf(async () => {
      for (let round = 0; round < 20; round++) await once(begin('/'), 'end');
      await noContexts();
      for (let stream = 0; stream < 15; stream++) begin('/held');
      await until(() => contexts() >= 15);
      session.destroy();
      await noContexts();
    });
    expect(warnings).to.deep.equal([]);
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
