import {once} from 'node:events';
import {Agent} from 'node:http';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {head, RawClient} from '../support/raw-client';
import {ADAPTERS, serveWithoutConnection} from '../support/serverless';
import {warningsOf} from '../support/warnings';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';
import {keepingConnector} from '../support/keeping-connector';
import {until} from '../support/settling';

let specs = 0;

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(`The lease of a request on ${name} is released`, () => {
    let registries: TenantRegistries;
    let app: Application;
    let work: () => unknown;
    let acme: string;
    let globex: string;

    before(async () => {
      registries = new TenantRegistries();
      app = await start({registries, create: tenant => ({connector: keepingConnector(), name: tenant}), work: () => work()});
    });
    beforeEach(() => {
      // a lease that stayed would be counted in the next spec too
      [acme, globex] = [`acme-${++specs}`, `globex-${specs}`];
      work = () => ({tenant: TenantContext.tenant});
    });
    after(async () => {
      await app.stop();
      await registries.dispose();
    });

    const contexts = () => registries.activeContexts(acme) + registries.activeContexts(globex);
    const released = () => until(() => contexts() === 0);
    const call = (more?: object) => app.service.call(app.work, {tenant: acme, ...more});

    /** Holds all requests from now on, until the spec ends the first of them, and so on. */
    function held(): Deferred<void>[] {
      const requests: Deferred<void>[] = [];
      work = async () => {
        const request = deferred();
        requests.push(request);
        await request.promise;
        return {tenant: TenantContext.tenant};
      };
      return requests;
    }

    /** A client whose requests for acme are all at work. */
    async function pipelining(count: number, tenants = Array<string>(count).fill(acme), halfOpen = false): Promise<RawClient> {
      const client = await RawClient.connect(app.service.port, halfOpen);
      client.pipeline(app.work, tenants);
      await until(() => contexts() === count);
      return client;
    }

    it('after an answer, one without a body, and one that is not modified', async () => {
      expect(await call()).to.include({status: 200});
      await call({method: 'HEAD'});
      await call({headers: {'If-None-Match': '*'}});
      await call({headers: {Connection: 'close'}});
      await released();
    });

    it('after an error', async () => {
      work = () => Promise.reject(new Error('broken'));
      expect(await call()).to.include({status: 500});
      await released();
    });

    it('when the client leaves before the answer begins', async () => {
      const requests = held();
      const client = await pipelining(1);
      client.leave();
      await released();
      requests.forEach(({resolve}) => resolve());
    });

    it('when the client leaves in the middle of the answer', async () => {
      const stream = new PassThrough();
      work = () => stream;
      stream.write('first');
      const answer = await app.service.begin(app.stream, {tenant: acme});
      await once(answer, 'data');
      expect(contexts()).to.equal(1);
      answer.destroy();
      await released();
      stream.destroy();
    });

    it('when the client leaves in the middle of the request’s body', async () => {
      const client = await RawClient.connect(app.service.port);
      client.write(head('POST', app.customers, acme, {'Content-Type': 'application/json', 'Content-Length': '100'}) + '{"na');
      await until(() => contexts() === 1);
      client.leave();
      await released();
    });

    it('when the client says that nothing more will come, and waits', async () => {
      const requests = held();
      const client = await pipelining(1, [acme], true);
      client.end();
      await until(() => requests.length === 1);
      requests[0].resolve();
      await released();
      client.leave();
    });

    it('when the server closes the connection', async () => {
      const requests = held();
      await pipelining(3);
      app.service.server.closeAllConnections();
      await released();
      requests.forEach(({resolve}) => resolve());
    });

    it('when the client has sent several requests at once, and leaves while the first of them is being answered', async () => {
      const requests = held();
      const client = await pipelining(6);
      client.leave();
      await released();
      requests.forEach(({resolve}) => resolve());
    });

    it('when the client has sent several requests at once, and leaves after some answers', async () => {
      const requests = held();
      const client = await pipelining(4);
      // the last one answers first, and waits for the others
      for (const index of [3, 0, 1]) requests[index].resolve();
      await until(() => client.answers === 2 && contexts() === 2);
      client.leave();
      await released();
      requests[2].resolve();
    });

    it('when the client leaves between the requests of two tenants', async () => {
      const requests = held();
      const client = await pipelining(4, [acme, globex, acme, globex]);
      requests[0].resolve();
      await until(() => registries.activeContexts(acme) === 1);
      expect(registries.activeContexts(globex)).to.equal(2);
      client.leave();
      await released();
      requests.forEach(({resolve}) => resolve());
    });

    it('in the order of the answers, and nothing stays registered on the connection', async () => {
      const sockets = new Set<any>();
      app.service.server.once('connection', socket => sockets.add(socket));
      const client = await RawClient.connect(app.service.port);
      await until(() => sockets.size === 1);
      const [socket] = sockets;
      const listeners = () =>
        socket
          .eventNames()
          .map((event: string | symbol) => `${String(event)} ${socket.listenerCount(event)}`)
          .sort();
      const before = listeners();
      const warnings = await warningsOf(async () => {
        for (let round = 1; round <= 3; round++) {
          client.pipeline(app.work, Array<string>(20).fill(acme));
          await until(() => client.answers === 20 * round && contexts() === 0);
        }
      });
      expect(listeners()).to.deep.equal(before);
      expect(warnings).to.deep.equal([]);
      client.leave();
    });

    it('when a connection is used again; the connection that stays open keeps no tenant', async () => {
      const agent = new Agent({keepAlive: true, maxSockets: 1});
      for (let round = 0; round < 30; round++) await app.service.call(app.work, {tenant: acme, agent});
      await released();
      expect(await registries.offboard(acme, {verify: true})).to.include({leasesDrained: 0, survivors: 0});
      agent.destroy();
    });

    for (const adapter of Object.keys(ADAPTERS) as (keyof typeof ADAPTERS)[]) {
      it(`when a response ${adapter} is finished, which is never closed`, async () => {
        const requests = held();
        const {response, sent} = serveWithoutConnection(app.service.server, adapter, {path: app.work, tenant: acme});
        let closed = false;
        response.once('close', () => (closed = true));
        await until(() => contexts() === 1 && requests.length === 1);
        requests[0].resolve();
        await released();
        expect(sent.join('')).to.contain(acme);
        expect(closed).to.equal(false);
      });
    }

    it('when a request without a connection is destroyed', async () => {
      const requests = held();
      const {request} = serveWithoutConnection(app.service.server, 'without a socket', {path: app.work, tenant: acme});
      request.on('error', () => {});
      await until(() => contexts() === 1 && requests.length === 1);
      request.destroy();
      await released();
      requests[0].resolve();
    });
  });
}
