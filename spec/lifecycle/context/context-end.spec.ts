import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';

describe('A callback at the end of a context', () => {
  it('is called once when the work is over; several are called in the order in which they were added', async () => {
    const calls: string[] = [];
    await TenantContext.run('acme', async () => {
      TenantContext.current!.onEnd(() => calls.push('first'));
      TenantContext.current!.onEnd(() => calls.push('second'));
      await Promise.resolve();
      calls.push('work');
    });
    expect(calls).to.deep.equal(['work', 'first', 'second']);
    expect(() =>
      TenantContext.run('acme', () => {
        TenantContext.current!.onEnd(() => calls.push('failed work'));
        throw new Error('x');
      }),
    ).to.throw('x');
    expect(calls.at(-1)).to.equal('failed work');
  });

  it('runs for the tenant, in whichever context the end is called', async () => {
    const registries = new TenantRegistries();
    const seen: unknown[] = [];
    const tell = () => seen.push([TenantContext.tenant, registries.current().tenant]);
    TenantContext.run('acme', () => TenantContext.current!.onEnd(tell));
    await TenantContext.run('globex', () => TenantContext.run('acme', async () => TenantContext.current!.onEnd(tell)));
    const lease = registries.acquire('acme');
    lease.onRelease(tell);
    TenantContext.run('globex', () => lease.release());
    expect(seen).to.deep.equal(Array(3).fill(['acme', 'acme']));
  });

  it('still counts as the tenant’s work: the tenant ends after it', () => {
    const registries = new TenantRegistries();
    const counts: number[] = [];
    TenantContext.run('acme', () => {
      const registry = registries.current();
      TenantContext.current!.onEnd(() => counts.push(registries.activeContexts('acme'), Number(registry.disposed)));
      void registries.reload('acme');
    });
    expect(counts).to.deep.equal([1, 0]);
    expect(registries.activeContexts('acme')).to.equal(0);
  });

  it('that fails becomes a process warning, and the other callbacks are called', async () => {
    const unreadable = Object.create(null) as object;
    const failures = [new Error('thrown'), unreadable, 'text'];
    let called = 0;
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    TenantContext.run('acme', () => {
      const onEnd = (callback: () => unknown) => TenantContext.current!.onEnd(callback);
      for (const failure of failures) {
        onEnd(() => {
          throw failure as Error;
        });
      }
      onEnd(async () => {
        throw new Error('rejected');
      });
      onEnd(() => called++);
    });
    expect([called, TenantContext.activeContexts('acme')]).to.deep.equal([1, 0]);
    await new Promise(setImmediate);
    process.off('warning', listen);
    const texts = [/Error: thrown/, /null prototype/, /text/, /Error: rejected/];
    expect(warnings).to.have.lengthOf(texts.length);
    for (const [index, text] of texts.entries()) {
      expect(warnings[index].message).to.match(text);
      expect(warnings[index]).to.have.property('code', 'LOOPBACK_SCOPED_REGISTRY');
    }
  });

  it('must be a function, and be added before the end', () => {
    const context = TenantContext.run('acme', () => {
      for (const callback of [undefined, null, 'x', {}]) {
        expect(() => TenantContext.current!.onEnd(callback as never))
          .to.throw()
          .with.property('code', 'INVALID_OPTION');
      }
      return TenantContext.current!;
    });
    expect(() => context.onEnd(() => {}))
      .to.throw()
      .with.property('code', 'CONTEXT_ENDED');
  });
});
