import {EventEmitter, once} from 'node:events';
import {PassThrough} from 'node:stream';
import {expect} from 'chai';
import {TenantContext} from '../../../lib/index';

const tell = () => TenantContext.tenant;

describe('A bound emitter', () => {
  let seen: unknown[];
  const listener = () => void seen.push(tell());

  beforeEach(() => (seen = []));
  afterEach(() => expect(TenantContext.activeContexts('acme')).to.equal(0));

  it('runs its listeners, earlier ones and later ones, for the tenant that bound it, in whichever context it emits', () => {
    const emitter = new EventEmitter().on('x', listener);
    TenantContext.run('acme', () => {
      expect(TenantContext.bindEmitter(emitter)).to.equal(emitter);
      TenantContext.run('globex', () => emitter.emit('x'));
    });
    TenantContext.run('globex', () => emitter.on('x', listener).emit('x'));
    emitter.emit('x');
    expect(seen).to.deep.equal(Array(5).fill('acme'));
    expect(TenantContext.tenant).to.equal(undefined);
  });

  it('runs its listeners in the context that bound it, and in a new context once that has ended', () => {
    const emitter = new EventEmitter();
    emitter.on('x', () => seen.push([TenantContext.get('key'), TenantContext.activeContexts('acme')]));
    TenantContext.run('acme', () => {
      TenantContext.set('key', 1);
      TenantContext.bindEmitter(emitter).emit('x');
    });
    emitter.emit('x');
    expect(seen).to.deep.equal([
      [1, 1],
      [undefined, 1],
    ]);
  });

  it('that is bound again has the new tenant or none, and calls its listeners once', () => {
    const emitter = new EventEmitter().on('x', listener);
    for (const tenant of ['acme', 'acme', 'globex']) TenantContext.run(tenant, () => TenantContext.bindEmitter(emitter));
    emitter.emit('x');
    TenantContext.bindEmitter(emitter);
    TenantContext.run('acme', () => emitter.emit('x'));
    expect(seen).to.deep.equal(['globex', undefined]);
  });

  it('behaves otherwise as before: once, arguments, receivers, removal, results and errors of listeners', async () => {
    const emitter = TenantContext.run('acme', () => TenantContext.bindEmitter(new EventEmitter()));
    const waiting = once(emitter, 'y');
    emitter.once('x', function (this: unknown, ...args) {
      seen.push(this === emitter, ...(args as unknown[]), tell());
    });
    expect([emitter.emit('x', 1, 2), emitter.emit('x', 3)]).to.deep.equal([true, false]);
    expect(seen).to.deep.equal([true, 1, 2, 'acme']);
    emitter.on('x', listener).off('x', listener);
    expect(emitter.emit('x')).to.equal(false);

    emitter.emit('y', 7);
    expect(await waiting).to.deep.equal([7]);

    const error = new Error('of a listener');
    emitter.on('x', () => {
      throw error;
    });
    for (const emit of [() => emitter.emit('x'), () => emitter.emit('error', error)]) {
      expect(emit).to.throw().that.equals(error);
    }
  });

  it('shows no new property when its properties are listed or copied', () => {
    const plain = Object.keys(new EventEmitter());
    const emitter = TenantContext.run('acme', () => TenantContext.bindEmitter(new EventEmitter()));
    expect(Object.keys(emitter)).to.deep.equal(plain);
    const copy = Object.assign(new EventEmitter(), emitter, {_events: undefined});
    copy.on('x', listener).emit('x');
    expect(seen).to.deep.equal([undefined]);
  });

  it('is bound too for a proxy of it and for an object that inherits from it, which can have its own binding', () => {
    const emitter = TenantContext.run('acme', () => TenantContext.bindEmitter(new EventEmitter().on('x', listener)));
    new Proxy(emitter, {}).emit('x');
    const heir = Object.create(emitter) as EventEmitter;
    heir.emit('x');
    TenantContext.run('globex', () => TenantContext.bindEmitter(heir));
    heir.emit('x');
    emitter.emit('x');
    expect(seen).to.deep.equal(['acme', 'acme', 'globex', 'acme']);
    const {emit} = emitter;
    emit.call(new EventEmitter().on('x', listener), 'x');
    expect(seen.at(-1)).to.equal(undefined);
  });

  it('with an emit of its own keeps that', () => {
    class Loud extends EventEmitter {
      override emit(name: string, ...args: unknown[]): boolean {
        seen.push(`emit ${name}`);
        return super.emit(name, ...args);
      }
    }
    TenantContext.run('acme', () => TenantContext.bindEmitter(new Loud().on('x', listener))).emit('x');
    expect(seen).to.deep.equal(['emit x', 'acme']);
  });

  it('may be a stream: all of its events come for the tenant', async () => {
    const stream = TenantContext.run('acme', () => TenantContext.bindEmitter(new PassThrough()));
    for (const name of ['data', 'end', 'close']) stream.on(name, () => seen.push([name, tell()]));
    TenantContext.run('globex', () => stream.end('x'));
    await once(stream, 'close');
    expect(seen).to.deep.equal([
      ['data', 'acme'],
      ['end', 'acme'],
      ['close', 'acme'],
    ]);
  });

  it('must be an emitter', () => {
    for (const emitter of [undefined, null, {}, () => {}, 'x']) {
      expect(() => TenantContext.bindEmitter(emitter as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    }
  });
});
