import type {Socket} from 'node:net';
import {expect} from 'chai';
import fc from 'fast-check';
import {tenantMiddleware} from '../../lib/express';
import {TenantRegistries} from '../../lib/index';
import {assertProperty} from '../support/assert-property';
import {deferred, type Deferred} from '../support/deferred';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';
import {head, RawClient} from '../support/raw-client';

const TENANTS = ['acme', 'globex', 'initech'];

/** What happens next: a connection is opened, or one of those that are open or a request of it goes on. */
const STEPS = fc.array(
  fc.record({
    what: fc.constantFrom('connect', 'send', 'send', 'half', 'answer', 'answer', 'write', 'destroy', 'end', 'leave', 'turn'),
    which: fc.nat(20),
    tenants: fc.array(fc.constantFrom(...TENANTS), {minLength: 1, maxLength: 4}),
  }),
  {minLength: 3, maxLength: 30},
);

describe('The leases of requests, however the requests and their connections end,', () => {
  let registries: TenantRegistries;
  let service: Service;
  /** The requests that the server works on, and what it may do with each. */
  let working: ((what: string) => void)[];
  let gates: Deferred<void>[];
  let sockets: Set<Socket>;

  beforeEach(async () => {
    registries = new TenantRegistries();
    [working, gates, sockets] = [[], [], new Set()];
    const {listener} = tenantMiddleware({
      registries,
      // some requests wait here
      tenant: async ({headers}) => {
        if (headers['x-wait'] === 'yes') await gates[gates.push(deferred()) - 1].promise;
        return headers['x-tenant'] as string;
      },
    });
    service = await Service.start(
      listener((_, response) => {
        working.push(what => {
          if (response.writableEnded) return;
          if (what === 'destroy') response.destroy();
          else if (what === 'write') response.write('part');
          else response.end('all');
        });
      }),
    );
    service.server.on('connection', (socket: Socket) => sockets.add(socket));
  });
  afterEach(() => service.stop());

  const contexts = () => TENANTS.reduce((sum, tenant) => sum + registries.activeContexts(tenant), 0);

  it('are all released when the last client has gone; open connections without requests hold none', async () => {
    await assertProperty(
      fc.asyncProperty(STEPS, async steps => {
        const clients: RawClient[] = [];
        for (const {what, which, tenants} of steps) {
          const client = clients[which % clients.length];
          const [first] = tenants;
          if (what === 'connect' || !client) clients.push(await RawClient.connect(service.port));
          else if (what === 'send') {
            client.write(
              tenants.map((tenant, n) => head('GET', '/', tenant, {'X-Wait': (which + n) % 3 ? 'no' : 'yes'})).join(''),
            );
          } else if (what === 'half') client.write(head('POST', '/', first, {'Content-Length': '10'}) + 'half');
          else if (what === 'end') client.end();
          else if (what === 'leave') client.leave();
          else if (what === 'turn') await nextJob();
          else if (which % 2 && gates.length > 0) gates.splice(which % gates.length, 1)[0].resolve();
          else if (working.length > 0) working[which % working.length](what);
        }
        for (let turn = 0; turn < 5; turn++) await nextJob();
        const idle = await RawClient.connect(service.port);
        for (const client of clients) client.leave();
        for (let turn = 0; turn < 1_000 && contexts() > 0; turn++) await nextJob();
        expect(contexts()).to.equal(0);
        // what waited for the strategy has no client any more
        for (const gate of gates.splice(0)) gate.resolve();
        for (let turn = 0; turn < 5; turn++) await nextJob();
        expect(contexts()).to.equal(0);
        for (const answer of working.splice(0)) answer('end');
        idle.leave();
      }),
      60,
    );
  });
});
