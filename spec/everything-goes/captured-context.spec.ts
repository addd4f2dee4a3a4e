import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {useShop} from '../support/service';
import {deferred} from '../support/deferred';
import {until} from '../support/settling';

describe('After offboarding, a captured tenant context keeps no class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  const dataSource = keepingDataSource(registries);
  let before: number;

  beforeEach(() => {
    before = liveClasses();
  });

  async function offboarded(tenant: string): Promise<number> {
    const report = await registries.offboard(tenant, {drainTimeout: 0, verify: true});
    expect(report.survivors).to.equal(0);
    return liveClasses() - before;
  }

  it('captured by a pending timer and an interval', async () => {
    const timers: NodeJS.Timeout[] = [];
    await TenantContext.run('timer', async () => {
      await useShop(dataSource);
      timers.push(
        setTimeout(() => {}, 60_000),
        setInterval(() => {}, 60_000),
      );
    });

    expect(await offboarded('timer')).to.equal(0);
    timers.forEach(clearTimeout);
  });

  it('captured by a promise that does not settle', async () => {
    const {promise, resolve} = deferred();
    const pending = TenantContext.run('promise', async () => {
      await useShop(dataSource);
      await promise;
    });

    // wait until the first part of the work is over
    await until(() => (registries.peek('promise')?.findByName('Order') as any)?.relations?.customer !== undefined);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(await offboarded('promise')).to.equal(0);
    // contexts are process-wide: other specs must not find this one
    resolve();
    await pending;
  });

  it('captured by an open keep-alive socket, at both ends', async () => {
    const server = http.createServer((request, response) => {
      void TenantContext.run(request.headers.tenant as string, async () => {
        await useShop(dataSource);
        response.end(String(await dataSource.models.Customer.count()));
      });
    });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    const agent = new http.Agent({keepAlive: true});
    const ask = (tenant: string) =>
      new Promise<http.IncomingMessage>((resolve, reject) => {
        const {port} = server.address() as AddressInfo;
        const request = http.get({host: '127.0.0.1', port, agent, headers: {tenant}}, response => {
          response.resume().once('end', () => resolve(response));
        });
        request.once('error', reject);
      });
    // the client, too, opens its socket in the tenant's context
    const response = await TenantContext.run('socket', ask, 'socket');
    expect(response.statusCode).to.equal(200);

    expect(await offboarded('socket')).to.equal(0);
    expect(Object.keys(agent.freeSockets)).to.have.lengthOf(1);
    agent.destroy();
    await new Promise(closed => server.close(closed));
  });

  it('and work that goes on in it gets an error with a code at its next use of the tenant', async () => {
    let goOn!: () => void;
    const work = TenantContext.run('late', async () => {
      await useShop(dataSource);
      await new Promise<void>(resolve => (goOn = resolve));
      dataSource.createModel('Late');
    });
    await until(() => goOn !== undefined);

    expect(await offboarded('late')).to.equal(0);
    goOn();
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'TENANT_OFFBOARDED');
  });
});
