import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {connect, type Socket} from 'node:net';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';

import {TenantRegistries} from '../../lib/index';
import {deferred, type Deferred} from '../support/deferred';
import {nextJob} from '../support/live-classes';
import {invoke} from '../support/serverless';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';

// Fastify's own, by which its `inject` serves requests
const inject = require(require.resolve('light-my-request', {paths: [require.resolve('fastify')]}));

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(`The lease of a request on ${name}`, () => {
    let registries: TenantRegistries;
    let app: Application;
    /** Answers one request to `work` each time it is resolved. */
    let answers: Deferred<void>[];
    let work: () => unknown;
    /** The server's sockets. */
    let sockets: Set<Socket>;
    let warnings: unknown[];
    const onWarning = (warning: unknown) => void warnings.push(warning);

    before(async () => {
      registries = new TenantRegistries();
      app = await start({registries, create: () => ({connector: 'memory'}), work: () => work()});
      app.service.server.on('connection', (socket: Socket) => sockets.add(socket));
    });
    after(async () => {
      await app.stop();
      await registries.dispose();
    });
    beforeEach(() => {
      [answers, sockets, warnings] = [[], new Set(), []];
      work = async () => {
        const answer = deferred<void>();
        answers.push(answer);
        await answer.promise;
        return {};
      };
      process.on('warning', onWarning);
    });
    afterEach(async () => {
      process.off('warning', onWarning);
      for (const answer of answers) answer.resolve();
      expect(warnings).to.deep.equal([]);
      await released();
    });

    const contexts = () => registries.activeContexts('acme');

    async function until(condition: () => boolean, what: string): Promise<void> {
      for (let turn = 0; turn < 3_000 && !condition(); turn++) await nextJob();
      expect(condition(), what).to.equal(true);
    }

    /** The leases are released, and nothing of this library is left on a socket. */
    async function released(): Promise<void> {
      await until(() => contexts() === 0, 'all leases are released');
      for (const socket of sockets)
        expect(socket.listeners('close').filter(({name}) => name === 'endRequests')).to.have.lengthOf(0);
    }

    async function client(): Promise<Socket> {
      const socket = connect({port: app.service.port, host: '127.0.0.1', allowHalfOpen: true});
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }

    const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-Tenant: acme\r\n\r\n`;
    const post = (path: string, body: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Tenant: acme\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

    it('is released for requests that wait behind another one when their client leaves', async () => {
      const socket = await client();
      socket.write(get(app.work).repeat(20));
      await until(() => answers.length === 20, 'all of them are served at once');
      expect(contexts()).to.equal(20);
      for (const each of sockets) expect(each.listeners('close').filter(({name}) => name === 'endRequests')).to.have.lengthOf(1);
      socket.destroy();
      await released();
      expect(await registries.offboard('acme', {drainTimeout: 5_000})).to.include({leasesForced: 0});
      registries.reinstate('acme');
    });

    it('is released for requests with bodies that wait behind another one when their client leaves', async () => {
      const socket = await client();
      socket.write(get(app.work) + post(app.customers, '{"name":"Ann"}').repeat(5));
      await until(() => answers.length === 1 && contexts() >= 1, 'they have begun');
      await nextJob();
      socket.destroy();
      await released();
    });

    it('is released for each pipelined request when it is answered, and the next one keeps its own', async () => {
      const socket = await client();
      socket.resume();
      socket.write(get(app.work).repeat(3));
      await until(() => answers.length === 3, 'all of them are served');
      for (const left of [2, 1, 0]) {
        answers[2 - left].resolve();
        await until(() => contexts() === left, `${left} are left`);
        for (let turn = 0; turn < 5; turn++) await nextJob();
        expect(contexts()).to.equal(left);
      }
      socket.destroy();
    });

    it('is held while an answered request waits behind one that is not answered', async () => {
      const socket = await client();
      socket.resume();
      socket.write(get(app.work).repeat(2));
      await until(() => answers.length === 2, 'both are served');
      answers[1].resolve();
      for (let turn = 0; turn < 5; turn++) await nextJob();
      expect(contexts()).to.equal(2);
      answers[0].resolve();
      await released();
      socket.destroy();
    });

    it('is held after a body has been read to its end, until the answer', async () => {
      const socket = await client();
      socket.resume();
      const body = '{"name":"Ann"}';
      const [held, goOn] = [deferred<void>(), deferred<void>()];
      work = async () => {
        held.resolve();
        await goOn.promise;
        return {};
      };
      // a GET with a body: each framework reads it, or leaves it to Node
      socket.write(post(app.work, body).replace('POST', 'GET'));
      await held.promise;
      for (let turn = 0; turn < 20; turn++) await nextJob();
      expect(contexts()).to.equal(1);
      goOn.resolve();
      await released();
      socket.destroy();
    });

    it('is released when the client leaves in the middle of a body', async () => {
      const socket = await client();
      socket.write(post(app.customers, '{"name":"Ann"}').slice(0, -5));
      await until(() => contexts() === 1, 'it has begun');
      socket.destroy();
      await released();
    });

    it('is released when the client ends its half of the connection and the answer is not there', async () => {
      const socket = await client();
      socket.resume();
      socket.end(get(app.work).repeat(3));
      await until(() => sockets.size === 1 && [...sockets].every(({destroyed}) => destroyed), 'Node has closed it');
      await released();
    });

    it('is released after HEAD and after 304', async () => {
      const socket = await client();
      socket.resume();
      socket.write(get(app.customers, 'HEAD'));
      await released();
      work = () => ({});
      const {headers} = await app.service.call(app.work, {tenant: 'acme'});
      await app.service.call(app.work, {tenant: 'acme', headers: {'If-None-Match': String(headers.etag)}});
      await released();
      socket.destroy();
    });

    it('is released when the work throws, also in the middle of a response', async () => {
      work = () => Promise.reject(new Error('failure of the application'));
      expect(await app.service.call(app.work, {tenant: 'acme'})).to.include({status: 500});
      const stream = new PassThrough().on('error', () => {});
      work = () => stream;
      stream.write('first');
      const answer = await app.service.begin(app.stream, {tenant: 'acme'});
      answer.on('error', () => {});
      await once(answer, 'data');
      stream.destroy(new Error('failure of the application'));
      answer.destroy();
      await released();
    });

    it('leaves nothing on a connection that serves many requests', async () => {
      const socket = await client();
      socket.resume();
      work = () => ({});
      let ended = 0;
      app.service.server.on('request', count);
      function count(_: IncomingMessage, response: ServerResponse): void {
        response.once('finish', () => ended++);
      }
      const listeners: number[] = [];
      for (let round = 1; round <= 30; round++) {
        socket.write(get(app.work));
        await until(() => ended === round, 'it is answered');
        await released();
        listeners.push([...sockets][0].listenerCount('close'));
      }
      app.service.server.off('request', count);
      expect(sockets.size).to.equal(1);
      expect(new Set(listeners).size).to.equal(1);
      socket.destroy();
    });

    it('is released where a response emits finish alone, as on a serverless platform', async () => {
      work = () => ({});
      expect(await invoke(app.service.server, app.work, {'x-tenant': 'acme'})).to.match(/^HTTP\/1.1 200 /);
      await released();
    });

    it('is released where requests are injected without a connection', async () => {
      work = () => ({});
      const {server} = app.service;
      const answer = await inject(
        (request: IncomingMessage, response: ServerResponse) => void server.emit('request', request, response),
        {
          url: app.work,
          headers: {'X-Tenant': 'acme'},
        },
      );
      expect(answer.statusCode).to.equal(200);
      await released();
    });

    it('is not taken where the client has left while a request waited behind another one', async () => {
      const asleep = deferred<void>();
      const slow = await start({
        registries,
        create: () => ({connector: 'memory'}),
        requests: {lookUp: () => asleep.promise.then(() => ({}))},
        work: () => expect.fail('it is not served'),
      });
      const socket = connect({port: slow.service.port, host: '127.0.0.1'});
      socket.on('error', () => {});
      const accepted = once(slow.service.server, 'connection');
      socket.write(get(slow.work).replace('acme', 'sleeper').repeat(3));
      const [ours] = (await accepted) as [Socket];
      for (let turn = 0; turn < 10; turn++) await nextJob();
      const closed = once(ours, 'close');
      socket.destroy();
      await closed;
      asleep.resolve();
      for (let turn = 0; turn < 10; turn++) await nextJob();
      expect(registries.activeContexts('sleeper')).to.equal(0);
      await slow.stop();
    });
  });
}
