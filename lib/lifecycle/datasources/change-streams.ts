import type {Readable} from 'node:stream';
import {callbackIndex, copyPromise, isPromise, type Callback, type Method} from '../../scoped-registry/juggler/callback';
import {errorText, logDataSource} from '../../scoped-registry/debug-log';
import {NoTenantError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {copyMethodProperties} from '../../scoped-registry/juggler/method-replacement';
import {answerWithError} from '../../scoped-registry/operations/answer-with-error';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {responseOfContext} from '../context/response-of-context';
import type {EndReason} from '../tenant/end-reason';
import type {TenantRegistries} from '../tenant-registries';
import {setImmediate} from '../../scoped-registry/primitives/timers';

type Observer = (context: unknown, next: () => unknown) => unknown;

interface ObservedModel extends ModelClass {
  createChangeStream?: Method;
  observe(operation: string, observer: Observer): unknown;
  removeObserver(operation: string, observer: Observer): unknown;
}

type ChangeStream = Pick<Readable, 'destroyed' | 'destroy'> & {end?(): unknown};

/** The tenant goes on after an eviction for one of these reasons, which no user code has asked for. */
const QUIET_REASONS: readonly EndReason[] = ['lru', 'idle', 'memory'];

/** The content types of a response by which LoopBack 3 sends a change stream. LoopBack does not end the response with the stream. */
const STREAMED = /^text\/event-stream|; boundary=NL$/;

/**
 * The change streams of routed models (`PersistedModel.createChangeStream` of LoopBack 3), by tenant. LoopBack makes one by two observers of
 * the model, which would hear the changes of all tenants.
 */
export class ChangeStreams {
  readonly #open = new Map<string, Set<TenantChangeStream>>();

  constructor(private readonly registries: TenantRegistries) {
    // a weak reference, because the registries keep the observer and may live longer than this object
    const self = new WeakRef(this);
    const letGo = ({tenant, reason}: {tenant: string; reason: EndReason}) => {
      if (!QUIET_REASONS.includes(reason)) self.deref()?.endAll(tenant);
    };
    registries.observe({leaving: letGo, ended: letGo});
  }

  /** Makes the change streams of a model the running tenant's. Does nothing for a model that has none. */
  separate(model: ModelClass): void {
    const {createChangeStream} = model as ObservedModel;
    if (typeof createChangeStream !== 'function') return;
    const create = (args: unknown[]) => this.#create(model as ObservedModel, createChangeStream, args);
    const separated: Method = function (...args) {
      // a subclass has a copy of this static; a transaction's copy of the model inherits it, and shares the model's observers
      const isModel = this === model || Object.prototype.isPrototypeOf.call(model, this as object);
      return isModel ? create(args) : createChangeStream.apply(this, args);
    };
    defineOwn(model, 'createChangeStream', copyMethodProperties(separated, createChangeStream), true);
  }

  #create(model: ObservedModel, create: Method, args: unknown[]): unknown {
    const {registries} = this;
    let tenant = registries.currentTenant();
    try {
      if (tenant === undefined) throw new NoTenantError(`${model.modelName}.createChangeStream is called on a routed model`);
      tenant = registries.for(tenant).tenant!;
    } catch (error) {
      return answerWithError(args, error, model);
    }
    const isRunning = () => registries.currentTenant() === tenant;
    const streams = this.#streamsOf(tenant);
    const changes = new TenantChangeStream(model, isRunning, () => {
      streams.delete(changes);
      if (streams.size === 0 && this.#open.get(tenant) === streams) this.#open.delete(tenant);
    });
    streams.add(changes);
    // what listens to the stream runs for its tenant, whichever work ends it
    changes.end = registries.keepContext(changes.end.bind(changes));
    const position = callbackIndex(args);
    if (position >= 0) {
      const callback = args[position] as Callback;
      args[position] = copyPromise(callback, (error, stream) => callback(error, changes.take(stream as ChangeStream)));
    }
    try {
      const result = create.apply(changes.observedModel(), args);
      return isPromise(result) ? result.then(stream => changes.take(stream as ChangeStream)) : result;
    } catch (error) {
      changes.end();
      throw error;
    }
  }

  #streamsOf(tenant: string): Set<TenantChangeStream> {
    let streams = this.#open.get(tenant);
    if (!streams) this.#open.set(tenant, (streams = new Set()));
    return streams;
  }

  /** @internal */
  endAll(tenant: string): void {
    for (const stream of [...(this.#open.get(tenant) ?? [])]) stream.end();
  }
}

/** One change stream: its observers hear the changes of one tenant, and go when it is closed or when the tenant leaves. */
class TenantChangeStream {
  readonly #observers = new Map<Observer, {operation: string; heard: Observer}>();
  readonly #response = responseOfContext();
  #stream: ChangeStream | undefined;
  #over = false;

  /**
   * @param isRunning whether the stream's tenant runs
   * @param onOver called when the stream is over
   */
  constructor(
    private readonly model: ObservedModel,
    private readonly isRunning: () => boolean,
    private readonly onOver: () => void,
  ) {}

  /** The model as LoopBack's method gets it: an observer that is added to it hears only the tenant's changes. */
  observedModel(): ModelClass {
    const own: Record<PropertyKey, unknown> = {
      observe: (operation: string, observer: Observer) => this.#observe(operation, observer),
      removeObserver: (_: string, observer: Observer) => this.#remove(observer),
    };
    return new Proxy(this.model, {
      get: (target, name) => (Object.hasOwn(own, name) ? own[name] : (Reflect.get(target, name) as unknown)),
    });
  }

  /** Takes the stream that LoopBack's method answers with, some time after it has added the observers. */
  take<Stream extends ChangeStream>(stream: Stream): Stream {
    this.#stream = stream;
    if (this.#over) this.#endStream();
    return stream;
  }

  /** Ends the stream. Further calls do nothing. */
  end(): void {
    if (this.#over) return;
    this.#close();
    this.#endStream();
  }

  #observe(operation: string, observer: Observer): void {
    if (this.#over) return;
    const heard: Observer = (context, next) => (this.isRunning() ? observer(context, next) : next());
    this.#observers.set(observer, {operation, heard});
    this.model.observe(operation, heard);
  }

  #remove(observer: Observer): void {
    const added = this.#observers.get(observer);
    if (!added) return;
    this.#observers.delete(observer);
    this.model.removeObserver(added.operation, added.heard);
    if (this.#observers.size === 0) this.#close();
  }

  #close(): void {
    this.#over = true;
    for (const {operation, heard} of this.#observers.values()) this.model.removeObserver(operation, heard);
    this.#observers.clear();
    this.onOver();
  }

  #endStream(): void {
    const stream = this.#stream;
    try {
      stream?.end?.();
    } catch (error) {
      logDataSource(() => `${this.model.modelName}: a change stream failed to end: ${errorText(error)}`);
    }
    // a reader gets the changes that it has not read yet, and the end
    setImmediate(() => {
      if (stream && !stream.destroyed) stream.destroy();
      const response = this.#response();
      if (!response?.headersSent || response.writableEnded) return;
      if (STREAMED.test(String(response.getHeader('content-type')))) response.end();
    });
  }
}
