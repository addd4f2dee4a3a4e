import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {deferred} from '../../support/deferred';

const Bluebird = require('bluebird');

const ROOT = path.resolve(__dirname, '../../../..');
const count = () => TenantContext.activeContexts('acme');

describe('TenantContext.run counts as work in flight', () => {
  afterEach(() => expect(count()).to.equal(0));

  it('until synchronous work returns or throws', () => {
    TenantContext.run('acme', () => expect(count()).to.equal(1));
    expect(count()).to.equal(0);
    expect(() => TenantContext.run('acme', () => JSON.parse('no'))).to.throw(SyntaxError);
    expect(() => TenantContext.run('acme', undefined as never)).to.throw(TypeError);
  });

  it('until the promise that it returns is settled, either way, and no longer', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const {promise, ...work} = deferred<string>();
      const result = TenantContext.run('acme', () => promise);
      await new Promise(setImmediate);
      expect(count()).to.equal(1);
      work[settle]('x');
      expect(await result.catch((error: unknown) => error)).to.equal('x');
      expect(count()).to.equal(0);
    }
  });

  it('once for each context, nested and re-entrant ones as well, and each ends by itself', async () => {
    const inner = deferred();
    const outer = TenantContext.run('acme', async () => {
      const work = TenantContext.run('acme', () => {
        TenantContext.run('acme', () => expect(count()).to.equal(3));
        return inner.promise;
      });
      expect(count()).to.equal(2);
      return {work};
    });
    const {work} = await outer;
    expect(count()).to.equal(1);
    inner.resolve();
    await work;
  });

  it('for each tenant of nested contexts; after the inner one, the outer tenant runs again', async () => {
    const seen = await TenantContext.run('acme', async () => {
      const outer = TenantContext.current;
      const tenants = await TenantContext.run('globex', async () => {
        const inmost = TenantContext.run('acme', () => {
          expect(TenantContext.current).not.to.equal(outer);
          expect(count()).to.equal(2);
          expect(TenantContext.activeContexts('globex')).to.equal(1);
          return TenantContext.tenant;
        });
        await Promise.resolve();
        return [inmost, TenantContext.tenant];
      });
      expect(TenantContext.current).to.equal(outer);
      return [...tenants, TenantContext.tenant];
    });
    expect(seen).to.deep.equal(['acme', 'globex', 'acme']);
    expect(TenantContext.activeContexts('globex')).to.equal(0);
  });

  it('but not where the tenant code is refused', () => {
    expect(() => TenantContext.run('', () => {})).to.throw();
    expect(TenantContext.activeContexts('')).to.equal(0);
  });

  it('as a context that is not nested, where it begins in one that has ended', async () => {
    let late!: Promise<unknown>;
    TenantContext.run('acme', () => {
      TenantContext.set('key', 'gone');
      late = new Promise(setImmediate).then(() =>
        TenantContext.run('acme', async () => [count(), TenantContext.current?.ended, TenantContext.get('key')]),
      );
    });
    expect(count()).to.equal(0);
    expect(await late).to.deep.equal([1, false, undefined]);
  });

  it('for any depth of nesting', () => {
    const nest = (depth: number): number => (depth === 0 ? count() : TenantContext.run('acme', nest, depth - 1));
    expect(nest(500)).to.equal(500);
  });
});

describe('TenantContext.run returns the result of the work unchanged', () => {
  afterEach(() => expect(count()).to.equal(0));

  it('values of every kind, and the same object', () => {
    const object = {};
    const values = [undefined, null, 0, '', false, 7n, Symbol('s'), NaN, object, Object.create(null), () => {}];
    for (const value of values)
      expect(TenantContext.run('acme', () => value)).to.be.satisfy((got: unknown) => Object.is(got, value));
  });

  it('and throws the same value, of every kind, undefined included', async () => {
    for (const value of [undefined, null, 'text', new Error('x'), {code: 7}]) {
      let thrown: unknown = 'nothing';
      try {
        TenantContext.run('acme', () => {
          throw value as Error;
        });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.equal(value);
      const rejected = await TenantContext.run('acme', () => Promise.reject(value as Error)).then(
        () => 'nothing',
        (error: unknown) => error,
      );
      expect(rejected).to.equal(value);
    }
  });

  it('an object whose properties throw when they are read; the context has ended', () => {
    const {proxy, revoke} = Proxy.revocable({}, {});
    revoke();
    expect(TenantContext.run('acme', () => proxy) === proxy).to.equal(true);
    const hostile = {
      get then(): never {
        throw new Error('do not look');
      },
    };
    expect(TenantContext.run('acme', () => hostile)).to.equal(hostile);
  });

  it('a thenable that is no promise, without a call of `then`, because its work begins with that', async () => {
    let begun = 0;
    class Query {
      then(resolve: (value: string) => void) {
        begun++;
        resolve('rows');
      }
      catch() {}
      finally() {}
    }
    const query = TenantContext.run('acme', () => new Query());
    expect(query).to.be.instanceof(Query);
    expect([begun, count()]).to.deep.equal([0, 0]);
    expect(await query).to.equal('rows');
    // where it is awaited within, that is once, and in the context
    expect(await TenantContext.run('acme', async () => (await new Query()) as unknown)).to.equal('rows');
    expect(begun).to.equal(2);
  });

  it('a Bluebird promise with Bluebird’s methods; the context lasts until it is settled', async () => {
    let settle!: (value: string) => void;
    const promise = TenantContext.run('acme', () => new Bluebird((resolve: typeof settle) => (settle = resolve)));
    expect(promise).to.be.instanceof(Bluebird);
    expect(count()).to.equal(1);
    settle('ab');
    expect(await promise.call('toUpperCase')).to.equal('AB');
    const failing = TenantContext.run('acme', () => Bluebird.reject(new TypeError('x')));
    expect(await failing.catch(TypeError, () => 'caught')).to.equal('caught');
  });

  it('a promise of a subclass of Promise, with the methods of that class', async () => {
    class Job extends Promise<string> {
      describe() {
        return 'a job';
      }
    }
    const job = TenantContext.run('acme', () => new Job(resolve => setImmediate(resolve, 'done')));
    expect(job).to.be.instanceof(Job);
    expect(job.describe()).to.equal('a job');
    expect(count()).to.equal(1);
    expect(await job).to.equal('done');
  });

  it('a promise whose `then` runs in another tenant’s context', async () => {
    class Odd extends Promise<string> {}
    void Object.defineProperty(Odd.prototype, 'then', {
      value: function (this: Odd, ...handlers) {
        return TenantContext.run('globex', () => [Promise.prototype.then.apply(this, handlers)])[0];
      } as Promise<unknown>['then'],
    });
    const odd = TenantContext.run('acme', () => new Odd(resolve => setImmediate(resolve, 'done')));
    expect(count()).to.equal(1);
    expect(await odd).to.equal('done');
  });

  it('a rejection without a handler, which Node still reports, once', () => {
    const script = `
      const {TenantContext} = require('./dist/index.js');
      let reported = 0;
      process.on('unhandledRejection', error => console.log(error.message, ++reported));
      TenantContext.run('acme', async () => { throw new Error('plain'); });
      TenantContext.run('acme', () => new (class extends Promise {})((_, reject) => reject(new Error('of a class'))));
      TenantContext.run('acme', async () => { throw new Error('handled'); }).catch(() => {});`;
    const {stdout, stderr} = spawnSync(process.execPath, ['-e', script], {cwd: ROOT, encoding: 'utf8'});
    expect([stderr, stdout]).to.deep.equal(['', 'plain 1\nof a class 2\n']);
  });

  it('and the caller’s code after the result runs in the caller’s context', async () => {
    await TenantContext.run('globex', async () => {
      const promise = TenantContext.run('acme', async () => new Promise(setImmediate));
      await promise;
      expect(TenantContext.tenant).to.equal('globex');
      expect(await promise.then(() => TenantContext.tenant)).to.equal('globex');
    });
    expect(TenantContext.tenant).to.equal(undefined);
  });
});

describe('TenantContext serves all TenantRegistries of the process', () => {
  it('a context is work in flight of each TenantRegistries, and holds up each one’s offboarding', async () => {
    const [first, second] = [new TenantRegistries(), new TenantRegistries()];
    const {promise, resolve} = deferred();
    const work = TenantContext.run('acme', async () => {
      first.current();
      second.current();
      await promise;
    });
    expect([first.activeContexts('acme'), second.activeContexts('acme')]).to.deep.equal([1, 1]);
    const offboardings = [first, second].map(registries => registries.offboard('acme'));
    await new Promise(setImmediate);
    expect([first.state('acme'), second.state('acme')]).to.deep.equal(['offboarding', 'offboarding']);
    resolve();
    await work;
    for (const report of await Promise.all(offboardings)) expect(report).to.include({leasesDrained: 1, leasesForced: 0});
  });

  it('a tenant that is offboarded in one TenantRegistries goes on in the other', async () => {
    const [first, second] = [new TenantRegistries(), new TenantRegistries()];
    await TenantContext.run('acme', async () => {
      const kept = second.current();
      await first.offboard('acme');
      expect(() => first.current())
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
      expect(second.current()).to.equal(kept);
    });
  });

  it('a TenantRegistries with its own currentTenant uses that, and its drains wait for contexts all the same', async () => {
    let current: string | undefined;
    const registries = new TenantRegistries({currentTenant: () => current});
    await TenantContext.run('acme', async () => {
      expect(registries.current()).to.equal(registries.shared);
      current = 'globex';
      expect(registries.current()).to.equal(registries.for('globex'));
    });
    let finish!: () => void;
    const work = registries.run('globex', () => new Promise<void>(resolve => (finish = resolve)));
    expect(registries.activeContexts('globex')).to.equal(1);
    const report = registries.offboard('globex');
    finish();
    await work;
    expect((await report).leasesDrained).to.equal(1);
    expect(() => registries.current())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });
});
