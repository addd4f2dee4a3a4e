import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {deferred} from '../../support/deferred';

describe('The signal of a context', () => {
  // contexts are the process's: other specs are not to find these
  const {promise: afterwards, resolve} = deferred();
  const never = () => afterwards;
  after(() => resolve());

  it('is the same object each time, and is not aborted while the tenant goes on', () => {
    TenantContext.run('acme', () => {
      const {signal} = TenantContext;
      expect(signal).to.be.instanceof(AbortSignal);
      expect(signal!.aborted).to.equal(false);
      expect(TenantContext.current!.signal).to.equal(signal);
      TenantContext.run('acme', () => expect(TenantContext.signal).not.to.equal(signal));
    });
  });

  it('is aborted with TENANT_OFFBOARDED where the work has not ended by the deadline, for nested work as well', async () => {
    const registries = new TenantRegistries();
    const reasons: unknown[] = [];
    const listen = () => {
      const {signal} = TenantContext;
      signal!.addEventListener('abort', () => reasons.push((signal!.reason as {code: string}).code));
    };
    void TenantContext.run('acme', () => {
      listen();
      void TenantContext.run('acme', () => (listen(), never()));
      return never();
    });
    void TenantContext.run('globex', () => (listen(), never()));
    const lease = registries.acquire('acme');
    expect(lease.signal.aborted).to.equal(false);
    const report = await registries.offboard('acme', {drainTimeout: 0});
    expect(report.leasesForced).to.equal(3);
    expect(reasons).to.deep.equal(['TENANT_OFFBOARDED', 'TENANT_OFFBOARDED']);
    expect(lease.signal.reason).to.include({code: 'TENANT_OFFBOARDED', tenant: 'acme'});
    lease.release();
  });

  it('is aborted already where it is first read after the abort', async () => {
    const registries = new TenantRegistries();
    let goOn!: () => void;
    const work = TenantContext.run('acme', async () => {
      await new Promise<void>(resolve => (goOn = resolve));
      return [TenantContext.signal, TenantContext.run('acme', () => TenantContext.signal)];
    });
    await registries.offboard('acme', {drainTimeout: 0});
    goOn();
    for (const signal of await work) expect(signal!.reason).to.have.property('code', 'TENANT_OFFBOARDED');
  });

  it('is not aborted for work that began after the offboarding did, or ended before the deadline', async () => {
    const registries = new TenantRegistries();
    registries.for('acme');
    const ended = TenantContext.run('acme', () => TenantContext.signal!);
    const report = registries.offboard('acme', {drainTimeout: 0});
    const later = TenantContext.run('acme', () => TenantContext.signal!);
    await report;
    expect([ended.aborted, later.aborted]).to.deep.equal([false, false]);
  });

  it('stops an fs, a timer or a fetch: it is an AbortSignal of Node', async () => {
    const registries = new TenantRegistries();
    const {setTimeout: wait} = await import('node:timers/promises');
    const work = TenantContext.run('acme', () => wait(60_000, undefined, {signal: TenantContext.signal}));
    const outcome = work.catch((error: unknown) => error);
    await registries.offboard('acme', {drainTimeout: 0});
    expect(await outcome).to.have.nested.property('cause.code', 'TENANT_OFFBOARDED');
  });

  it('gives the reason of a shutdown', async () => {
    const registries = new TenantRegistries();
    registries.for('acme');
    const lease = registries.acquire('acme');
    const {signal} = lease;
    await registries.shutdown({drainTimeout: 0});
    expect(signal.reason).to.have.property('code', 'REGISTRIES_DISPOSED');
    lease.release();
  });

  it('does not stop the offboarding where its listener throws', async () => {
    const registries = new TenantRegistries();
    const lease = registries.acquire('acme');
    const errors: unknown[] = [];
    const listeners = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[];
    process.removeAllListeners('uncaughtException').once('uncaughtException', error => errors.push(error));
    lease.signal.addEventListener('abort', () => {
      throw new Error('of a listener');
    });
    const report = await registries.offboard('acme', {drainTimeout: 0});
    await new Promise(setImmediate);
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(report.errors).to.deep.equal([]);
    expect(errors).to.have.lengthOf(1);
    lease.release();
  });
});
