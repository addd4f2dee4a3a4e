import {setImmediate as nextTurn} from 'node:timers/promises';
import {expect} from 'chai';
import fc from 'fast-check';
import {TenantContext, TenantRegistries, type ForEachTenantProgress} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {deferred} from '../../support/deferred';
import {warningsOf} from '../../support/warnings';

describe('forEachTenant', () => {
  let registries: TenantRegistries;

  beforeEach(() => (registries = new TenantRegistries()));
  afterEach(() => registries.dispose());

  it('runs the work of each tenant in the tenant’s own context, and reports the results by tenant', async () => {
    const report = await registries.forEachTenant(['acme', 'globex'], async (tenant, registry) => {
      await nextTurn();
      return [tenant, TenantContext.tenant, registry.tenant];
    });
    expect([...report.done]).to.deep.equal(['acme', 'globex'].map(tenant => [tenant, [tenant, tenant, tenant]]));
    expect(report).to.deep.include({failed: new Map(), skipped: new Map(), stoppedBy: undefined});
    expect(TenantContext.activeContexts('acme')).to.equal(0);
  });

  it('goes on after a failure, thrown or rejected, and reports each', async () => {
    const report = await registries.forEachTenant(['a', 'b', 'c', ''], tenant => {
      if (tenant === 'a') throw new Error('thrown');
      return tenant === 'b' ? Promise.reject(new Error('rejected')) : tenant;
    });
    expect([...report.done]).to.deep.equal([['c', 'c']]);
    expect([...report.failed].map(([tenant, error]: any) => [tenant, error.code ?? error.message])).to.have.deep.members([
      ['a', 'thrown'],
      ['b', 'rejected'],
      ['', 'INVALID_TENANT_CODE'],
    ]);
  });

  it('skips the tenants that take no work, and says why', async () => {
    await registries.suspend('acme');
    await registries.offboard('globex');
    const report = await registries.forEachTenant(['acme', 'globex', 'initech'], tenant => tenant);
    expect([...report.done.keys()]).to.deep.equal(['initech']);
    expect([...report.skipped].map(([tenant, {code}]) => [tenant, code])).to.deep.equal([
      ['acme', 'TENANT_SUSPENDED'],
      ['globex', 'TENANT_OFFBOARDED'],
    ]);
    expect([registries.state('acme'), registries.state('globex')]).to.deep.equal(['suspended', 'offboarded']);
  });

  it('reports a tenant that leaves during its work as failed, because the work may be half done', async () => {
    const report = await registries.forEachTenant(['acme'], async tenant => {
      await registries.offboard(tenant, {drainTimeout: 0});
      registries.for(tenant);
    });
    expect(report.skipped.size).to.equal(0);
    expect(report.failed.get('acme')).to.have.property('code', 'TENANT_OFFBOARDED');
  });

  it('works on as many tenants at once as `concurrency` says, never more, and on each code once', () =>
    assertProperty(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')),
        fc.integer({min: 1, max: 9}),
        fc.boolean(),
        async (tenants, concurrency, isAsync) => {
          const calls: string[] = [];
          let [atWork, most] = [0, 0];
          const source = async function* () {
            yield* tenants;
          };
          const report = await registries.forEachTenant(
            isAsync ? source() : tenants,
            async tenant => {
              calls.push(tenant);
              most = Math.max(most, ++atWork);
              await nextTurn();
              atWork--;
            },
            {concurrency},
          );
          const distinct = new Set(tenants);
          expect(calls).to.deep.equal([...distinct]);
          expect([...report.done.keys()]).to.have.members([...distinct]);
          expect(most).to.equal(Math.min(concurrency, distinct.size));
        },
      ),
      60,
    ));

  it('asks the source for the next tenant only when there is room, so that the source may be endless', async () => {
    let asked = 0;
    const controller = new AbortController();
    const endless = (function* () {
      for (;;) yield `tenant-${asked++}`;
    })();
    const report = await registries.forEachTenant(
      endless,
      async tenant => {
        await nextTurn();
        if (tenant === 'tenant-20') controller.abort(new Error('enough'));
      },
      {concurrency: 3, signal: controller.signal},
    );
    expect(report.stoppedBy).to.have.property('message', 'enough');
    expect(report.done.size).to.equal(asked);
    expect(asked).to.be.within(21, 24);
  });

  it('begins nothing more after its signal, and waits for the work in flight', async () => {
    const [controller, finish, begun] = [new AbortController(), deferred<string>(), [] as string[]];
    const work = (tenant: string) => (begun.push(tenant), finish.promise);
    const running = registries.forEachTenant(['a', 'b', 'c'], work, {concurrency: 2, signal: controller.signal});
    await nextTurn();
    controller.abort();
    let isOver = false;
    void running.then(() => (isOver = true));
    await nextTurn();
    expect([begun, isOver]).to.deep.equal([['a', 'b'], false]);
    finish.resolve('x');
    const {done, stoppedBy} = await running;
    expect([[...done], (stoppedBy as Error).name]).to.deep.equal([[['a', 'x'], ['b', 'x']], 'AbortError']); // prettier-ignore
  });

  it('ends at once after its signal, also where the source hangs; the source is told', async () => {
    const controller = new AbortController();
    let told = 0;
    const hanging: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => (told++, {done: true, value: undefined}),
      }),
    };
    const running = registries.forEachTenant(hanging, () => 0, {signal: controller.signal});
    controller.abort();
    expect((await running).stoppedBy).to.have.property('name', 'AbortError');
    await nextTurn();
    expect(told).to.equal(1);
  });

  it('loses nothing where the source fails: the report says by what', async () => {
    const source = async function* () {
      yield 'acme';
      throw new Error('the master database is away');
    };
    const {done, stoppedBy} = await registries.forEachTenant(source(), tenant => tenant);
    expect([...done.keys()]).to.deep.equal(['acme']);
    expect(stoppedBy).to.have.property('message', 'the master database is away');
  });

  it('ends with a shutdown, which it does not report for each tenant', async () => {
    const tenants = Array.from({length: 100}, (_, index) => `tenant-${index}`);
    const {done, failed, stoppedBy} = await registries.forEachTenant(
      tenants,
      async tenant => {
        if (tenant === 'tenant-5') void registries.shutdown();
        await nextTurn();
      },
      {concurrency: 1},
    );
    expect([done.size, failed.size]).to.deep.equal([6, 0]);
    expect(stoppedBy).to.have.property('code', 'REGISTRIES_DISPOSED');
  });

  it('tells its progress, and an error of the listener stops nothing', async () => {
    await registries.suspend('b');
    const told: ForEachTenantProgress[] = [];
    const warnings = await warningsOf(async () => {
      await registries.forEachTenant(
        new Set(['a', 'b', 'c']),
        tenant => {
          if (tenant === 'c') throw new Error('no');
        },
        {
          onProgress: progress => {
            told.push(progress);
            throw new Error('a broken progress bar');
          },
        },
      );
    });
    expect(
      told.map(({tenant, outcome, done, failed, skipped, total}) => [tenant, outcome, done, failed, skipped, total]),
    ).to.have.deep.members([
      ['a', 'done', 1, 0, 1, 3],
      ['b', 'skipped', 0, 0, 1, 3],
      ['c', 'failed', 1, 1, 1, 3],
    ]);
    expect(warnings).to.have.lengthOf(3);
    expect(warnings[0].message).to.match(/onProgress of forEachTenant failed: Error: a broken progress bar/);
  });

  for (const [what, args] of Object.entries<any[]>({
    'a string as tenants': ['acme', () => 0],
    'no tenants': [undefined, () => 0],
    'no work': [['acme']],
    'a concurrency of 0': [['acme'], () => 0, {concurrency: 0}],
    'a concurrency that is text': [['acme'], () => 0, {concurrency: '3'}],
    'a signal that is none': [['acme'], () => 0, {signal: {}}],
    'an unknown option': [['acme'], () => 0, {parallel: 3}],
  }))
    it(`refuses ${what}`, async () => {
      const error = await (registries.forEachTenant as any)(...args).catch((error: unknown) => error);
      expect(error).to.have.property('code', 'INVALID_OPTION');
      expect(registries.stats().tenants).to.equal(0);
    });
});
