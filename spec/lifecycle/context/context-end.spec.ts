import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';

describe('What is called back at the end of a context', () => {
  it('is called once, in the order in which it was given, when the work is over', async () => {
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

  it('runs for the tenant, whoever ends the context', async () => {
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

  it('still counts as the tenant’s work: the tenant does not end under it', () => {
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

  it('harms nobody where it fails: a warning of the process for each, and the rest is called', async () => {
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

  it('is a function, and asked for before the end', () => {
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
