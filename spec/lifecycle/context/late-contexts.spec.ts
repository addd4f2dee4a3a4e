import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../../lib/index';
import {LateContext} from '../../../lib/lifecycle/context/late-context';
import {runInPlace} from '../../../lib/lifecycle/context/tenant-context';
import {deferred} from '../../support/deferred';
import {nextJob} from '../../support/live-classes';

describe('Work that learns its tenant late', () => {
  it('runs for no tenant until then; from then on everything that it has started runs for its tenant', async () => {
    const late = new LateContext('value');
    const told = deferred();
    await runInPlace(late, async () => {
      const beside = told.promise.then(() => TenantContext.tenant);
      expect(TenantContext.tenant).to.equal(undefined);
      expect(TenantContext.current).to.equal(undefined);
      expect(() => TenantContext.set('key', 1))
        .to.throw()
        .with.property('code', 'NO_TENANT');
      // in a function that is awaited: what is begun within a call is not lost at its end
      await (async () => {
        await nextJob();
        late.enter('acme').set('key', 1);
        told.resolve();
      })();
      expect(TenantContext.require()).to.equal('acme');
      expect(TenantContext.get('key')).to.equal(1);
      expect(await beside).to.equal('acme');
    });
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('counts as work in flight from then on until it returns, throws or its promise is settled', async () => {
    const active = () => TenantContext.activeContexts('acme');
    const enter = (late: LateContext) => {
      expect(active()).to.equal(0);
      late.enter('acme');
      late.enter('acme');
      expect(active()).to.equal(1);
    };
    const returning = new LateContext(undefined);
    runInPlace(returning, () => enter(returning));
    expect(active()).to.equal(0);
    const failing = new LateContext(undefined);
    expect(() =>
      runInPlace(failing, () => {
        enter(failing);
        throw new Error('from within');
      }),
    ).to.throw('from within');
    expect(active()).to.equal(0);
    const awaited = new LateContext(undefined);
    const work = runInPlace(awaited, async () => {
      enter(awaited);
      await nextJob();
      expect(active()).to.equal(1);
    });
    await work;
    expect(active()).to.equal(0);
    expect(awaited.ended).to.equal(true);
  });

  it('is waited for by the end of its tenant, and keeps its registry until then', async () => {
    const registries = new TenantRegistries();
    const builder = new ModelBuilder({registries});
    const late = new LateContext(undefined);
    const goOn = deferred();
    const work = runInPlace(late, async () => {
      late.enter('acme');
      const {generation} = registries.current();
      await goOn.promise;
      expect(registries.current().generation).to.equal(generation);
      builder.define('Customer', {name: String});
    });
    const reload = registries.reload('acme');
    expect(registries.for('acme').generation).to.equal(2);
    goOn.resolve();
    await work;
    expect(await reload).to.include({ended: true, leasesDrained: 1, models: 1});
    await registries.dispose();
  });

  it('gives its tenant to callbacks that were bound before, and runs them in new contexts after its end', async () => {
    const late = new LateContext(undefined);
    const bound = runInPlace(late, () => {
      const bound = TenantContext.bind(() => [TenantContext.tenant, TenantContext.activeContexts('acme')]);
      late.enter('acme');
      return {call: bound};
    });
    expect(TenantContext.run('globex', bound.call)).to.deep.equal(['acme', 1]);
  });

  it('holds no value once it has ended, and cannot get a tenant then', () => {
    const late = new LateContext({});
    runInPlace(late, () => expect(late.value).to.be.an('object'));
    expect(late.value).to.equal(undefined);
    expect(() => late.enter('acme'))
      .to.throw()
      .with.property('code', 'CONTEXT_ENDED');
    const other = new LateContext(undefined);
    expect(() => runInPlace(other, () => other.enter('')))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
  });
});
