import type {IncomingMessage} from 'node:http';
import {once} from 'node:events';
import {expect} from 'chai';
import fc from 'fast-check';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';
import {assertProperty} from '../support/assert-property';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';
import {shopApp, type Shop} from '../support/loopback-app';
import type {AnyModel} from '../support/service';
import {keepingConnector} from '../support/keeping-connector';
import {until} from '../support/settling';

describe('A change stream of a routed model', () => {
  let registries: TenantRegistries;
  let shop: Shop;
  let Customer: AnyModel;

  beforeEach(async () => {
    registries = new TenantRegistries();
    shop = await shopApp(registries, () => ({connector: keepingConnector()}));
    Customer = shop.app.models.Customer;
  });
  afterEach(() => registries.dispose());

  const within = <T>(tenant: string, work: () => T): T => TenantContext.run(tenant, work);
  const write = (tenant: string, name: string) => within(tenant, () => Customer.create({name, mark: tenant}));
  const observers = () => Object.values(Customer._observers).flat().length;

  /** What a stream has sent so far, by name, and whether it has ended. */
  async function open(tenant: string, options?: object): Promise<{stream: any; heard: string[]; isOver: () => boolean}> {
    const stream: any = await within(tenant, () => Customer.createChangeStream(options));
    const heard: string[] = [];
    stream.on('data', ({data, type}: any) => heard.push(type === 'remove' ? 'removed' : data.name));
    let over = false;
    for (const event of ['end', 'close']) stream.on(event, () => (over = true));
    return {stream, heard, isOver: () => over};
  }

  describe('over HTTP', () => {
    let service: Service;
    beforeEach(async () => (service = await Service.start(shop.app)));
    afterEach(() => service.stop());

    async function listen(
      tenant: string,
      headers: Record<string, string> = {},
    ): Promise<{answer: IncomingMessage; sent: () => string}> {
      const answer = await service.begin('/api/Customers/change-stream', {tenant, headers});
      let sent = '';
      answer.setEncoding('utf8').on('data', chunk => (sent += chunk));
      return {answer, sent: () => sent};
    }

    it('has the changes of the request’s tenant', async () => {
      const streams = await Promise.all(['acme', 'globex'].map(tenant => listen(tenant)));
      for (const tenant of ['acme', 'globex', 'acme']) {
        expect((await service.call('/api/Customers', {tenant, body: {name: `of ${tenant}`}})).status).to.equal(200);
      }
      const {body} = await service.call('/api/Customers', {tenant: 'globex'});
      await service.call(`/api/Customers/${body[0].id}`, {tenant: 'globex', method: 'DELETE'});
      await nextJob();
      const [acme, globex] = streams.map(({sent}) => sent());
      expect(acme.match(/of acme/g)).to.have.lengthOf(2);
      expect(globex.match(/of globex/g)).to.have.lengthOf(1);
      expect(globex).to.contain('"remove"');
      expect(acme).to.not.match(/globex|"remove"/);
      expect(globex).to.not.contain('acme');
    });

    for (const accept of ['text/event-stream', 'application/json']) {
      it(`ends when the tenant leaves, which does not wait for it: ${accept}`, async () => {
        const {answer, sent} = await listen('acme', {Accept: accept});
        await write('acme', 'before');
        const ended = once(answer, 'end');
        const report = await registries.offboard('acme', {verify: true, drainTimeout: 10_000});
        await ended;
        expect(report).to.deep.include({survivors: 0, hookErrors: []});
        expect(report.duration).to.be.below(5_000);
        expect(sent()).to.contain('before');
        expect(observers()).to.equal(0);
        await write('globex', 'after');
        expect(sent()).to.not.contain('after');
      });
    }

    it('ends when the client disconnects', async () => {
      const {answer} = await listen('acme');
      expect(observers()).to.equal(2);
      answer.destroy();
      await until(() => observers() === 0);
      expect(registries.activeContexts('acme')).to.equal(0);
    });
  });

  const ENDS: Record<string, () => unknown> = {
    offboard: () => registries.offboard('acme'),
    reload: () => registries.reload('acme'),
    evict: () => registries.evict('acme'),
    shutdown: () => registries.shutdown(),
    dispose: () => registries.dispose(),
  };
  for (const [verb, end] of Object.entries(ENDS)) {
    it(`ends with its tenant: ${verb}`, async () => {
      const acme = await open('acme');
      const paused: any = await within('acme', () => Customer.createChangeStream());
      const closed = once(paused, 'close');
      await write('acme', 'before');
      await end();
      await closed;
      expect(acme.heard).to.deep.equal(['before']);
      expect(acme.isOver()).to.equal(true);
      expect(observers()).to.equal(0);
    });
  }

  it('ends with its tenant, whose registry was evicted and collected before that', async () => {
    const stream: any = await within('acme', () => Customer.createChangeStream());
    registries.shed(Infinity);
    await nextJob();
    collectGarbage();
    expect(registries.peek('acme')).to.equal(undefined);
    await registries.offboard('acme');
    await nextJob();
    expect([stream.destroyed, observers()]).to.deep.equal([true, 0]);
  });

  it('goes on where a limit evicts its tenant', async () => {
    const {heard, isOver} = await open('acme');
    await write('acme', 'before');
    registries.shed(Infinity);
    await write('acme', 'after');
    await nextJob();
    expect([heard, isOver()]).to.deep.equal([['before', 'after'], false]);
  });

  it('ends at once if its tenant leaves before LoopBack has given it', async () => {
    const making = within('acme', () => Customer.createChangeStream());
    await registries.offboard('acme');
    const stream = await making;
    await nextJob();
    expect([stream.destroyed, observers()]).to.deep.equal([true, 0]);
  });

  it('takes LoopBack’s options, and answers by callback too', async () => {
    const {heard} = await open('acme', {where: {name: 'wanted'}});
    const byCallback: any = await new Promise((resolve, reject) =>
      within('acme', () =>
        Customer.createChangeStream((error: Error, stream: unknown) => (error ? reject(error) : resolve(stream))),
      ),
    );
    for (const name of ['other', 'wanted']) await write('acme', name);
    await nextJob();
    expect(heard).to.deep.equal(['wanted']);
    expect(byCallback.read().data.name).to.equal('other');
  });

  it('is refused where no tenant runs, and for a tenant that has left', async () => {
    const code = (work: () => Promise<unknown>) =>
      work().then(
        () => 'none',
        error => error.code,
      );
    const codeByCallback = () => new Promise(resolve => Customer.createChangeStream((error: any) => resolve(error.code)));
    await registries.offboard('acme');
    expect(await code(() => Customer.createChangeStream())).to.equal('NO_TENANT');
    expect(await codeByCallback()).to.equal('NO_TENANT');
    expect(await code(() => within('acme', () => Customer.createChangeStream()))).to.equal('TENANT_OFFBOARDED');
    expect(observers()).to.equal(0);
  });

  it('has its own tenant’s changes and no others, in any order of what is done', async () => {
    const tenants = fc.constantFrom('acme', 'globex');
    const step = fc.oneof(
      {weight: 4, arbitrary: fc.record({act: fc.constant('write'), tenant: tenants})},
      {weight: 3, arbitrary: fc.record({act: fc.constant('open'), tenant: tenants})},
      fc.record({act: fc.constantFrom('close', 'leave', 'reload', 'shed'), tenant: tenants}),
    );
    const walk = async (steps: {act: string; tenant: string}[]) => {
      const streams: {tenant: string; heard: string[]; expected: string[]; stream: any; open: boolean}[] = [];
      const openOf = (tenant: string) => streams.filter(stream => stream.open && stream.tenant === tenant);
      for (const [index, {act, tenant}] of steps.entries()) {
        if (act === 'open') streams.push({tenant, expected: [], open: true, ...(await open(tenant))});
        else if (act === 'write') {
          await write(tenant, `${index} of ${tenant}`);
          for (const {expected} of openOf(tenant)) expected.push(`${index} of ${tenant}`);
        } else if (act === 'close') {
          const [first] = openOf(tenant);
          first?.stream.destroy();
          if (first) first.open = false;
        } else if (act === 'shed') registries.shed(Infinity);
        else {
          await (act === 'leave' ? registries.offboard(tenant) : registries.reload(tenant));
          registries.reinstate(tenant);
          for (const stream of openOf(tenant)) stream.open = false;
        }
        await nextJob();
        expect(streams.map(({heard}) => heard)).to.deep.equal(streams.map(({expected}) => expected));
        expect(observers()).to.equal(2 * streams.filter(({open}) => open).length);
      }
      for (const {stream} of streams) stream.destroy();
      expect(observers()).to.equal(0);
    };
    await assertProperty(fc.asyncProperty(fc.array(step, {maxLength: 20}), walk), 60);
  });
});
