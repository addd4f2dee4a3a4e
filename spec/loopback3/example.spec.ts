import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {expect} from 'chai';

const folder = path.resolve(__dirname, '../../../examples/loopback3');

describe('The example for LoopBack 3', () => {
  let child: ChildProcess;
  let origin: string;

  before(async () => {
    const [, command] = /^(node \S+)$/m.exec(readFileSync(path.join(folder, 'README.md'), 'utf8'))!;
    const [program, ...args] = command.split(' ');
    child = spawn(program, args, {
      cwd: path.resolve(folder, '../..'),
      env: {...process.env, PORT: '0'},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    [origin] = /http:\/\/localhost:\d+/.exec(line)!;
  });
  after(async () => {
    child.kill();
    await once(child, 'exit');
  });

  const api = async (place: string, tenant?: string, body?: object, method = body ? 'POST' : 'GET') => {
    const headers = {...(tenant && {'X-Tenant': tenant}), 'Content-Type': 'application/json'};
    const response = await fetch(origin + place, {method, headers, body: JSON.stringify(body)});
    return {status: response.status, body: (await response.json()) as any};
  };

  it('starts as its README says, and serves each tenant from its own database', async () => {
    for (const tenant of ['acme', 'globex'])
      expect(await api('/api/Customers', tenant, {name: tenant, address: {city: 'Bonn'}})).to.deep.equal({
        status: 200,
        body: {name: tenant, address: {city: 'Bonn'}, id: 1},
      });
    for (const tenant of ['acme', 'globex'])
      expect((await api('/api/Customers', tenant)).body.map(({name}: any) => name)).to.deep.equal([tenant]);
    expect((await api('/api/Customers')).body.error).to.include({statusCode: 400, code: 'NO_TENANT'});
  });

  it('shows its models in the explorer, without any tenant', async () => {
    const {body} = await api('/explorer/swagger.json');
    expect(Object.keys(body.paths)).to.include.members(['/Customers', '/Customers/{id}/orders', '/Orders']);
  });

  it('lets a tenant leave for good', async () => {
    const {body} = await api('/tenants/acme', undefined, undefined, 'DELETE');
    expect(body).to.include({tenant: 'acme', dataSources: 1, survivors: 0});
    expect((await api('/api/Customers', 'acme')).body.error).to.include({statusCode: 410, code: 'TENANT_OFFBOARDED'});
    expect((await api('/api/Customers', 'globex')).body).to.have.lengthOf(1);
  });
});
