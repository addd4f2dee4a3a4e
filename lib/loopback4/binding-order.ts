import {BindingKey, type Binding, type Context, type ContextEvent} from '@loopback/core';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {BindingOrderError} from '../scoped-registry/errors';
import {TenantBindings} from './keys';

interface Expected {
  readonly binding: Readonly<Binding> | undefined;
  /** `Binding.to` and its like set a new source, so a binding that was changed has another one. */
  readonly source: unknown;
  /** What the application must do in place of what it did. */
  readonly advice: string;
}

const CONFIGURATION = BindingKey.buildKeyForConfig(TenantBindings.COMPONENT).toString();
const BEFORE_COMPONENT = 'Bind it before app.component(TenantComponent), which reads it once.';
const BEFORE_START = 'Bind it before the application starts.';

/**
 * Sees to it that no binding of the component comes too late. A binding that the component does not read would be half used:
 * controllers would inject it, and the datasources of the tenants would not know it.
 */
export class BindingOrder {
  readonly #expected = new Map<string, Expected>();
  /** The default registries, if the application has bound none of its own. */
  readonly #default: TenantRegistries | undefined;

  /**
   * Notes the bindings that the component reads now.
   * @param configuration the key of the configuration that the component has read
   */
  constructor(
    private readonly context: Context,
    configuration: string,
  ) {
    this.#default = context.isBound(TenantBindings.REGISTRIES) ? undefined : TenantRegistries.default;
    this.#expect(TenantBindings.DATASOURCES.key, this.#find(TenantBindings.DATASOURCES.key), BEFORE_COMPONENT);
    this.#expect(configuration, this.#find(configuration), BEFORE_COMPONENT);
    // A component that was added under another name does not read the configuration of the usual name.
    if (configuration !== CONFIGURATION)
      this.#expect(CONFIGURATION, undefined, `Bind ${JSON.stringify(configuration)} in its place, before app.component.`);
  }

  /**
   * Notes the bindings that the component makes itself.
   * @throws BindingOrderError `BINDING_ORDER` when the application has one of them already
   */
  expectOwn(bindings: readonly Binding[]): void {
    for (const binding of bindings) {
      const {key} = binding;
      if (key === TenantBindings.REGISTRIES.key) this.#expect(key, binding, BEFORE_COMPONENT);
      else {
        const advice = 'TenantComponent binds it itself. Remove the binding of the application.';
        this.#expect(key, binding, advice);
        if (this.context.contains(key)) throw new BindingOrderError(key, advice);
      }
    }
  }

  /**
   * Called when the application starts. From then on every further binding of these keys throws the error where it is made, and
   * changes nothing.
   * @throws BindingOrderError `BINDING_ORDER` when a binding has come too late
   */
  close(): void {
    for (const [key, {binding, source, advice}] of this.#expected) {
      const found = this.#find(key);
      if (found !== binding || found?.source !== source) throw new BindingOrderError(key, advice);
    }
    if (this.#default && this.#default !== TenantRegistries.default)
      throw new BindingOrderError('TenantRegistries.default', BEFORE_COMPONENT.replace('Bind', 'Assign'));
    for (const {key} of [TenantBindings.STRATEGY, TenantBindings.LOOK_UP]) this.#expect(key, this.#find(key), BEFORE_START);
    this.context.on('bind', ({binding}: ContextEvent) => this.#refuse(binding));
  }

  #refuse({key}: Readonly<Binding>): void {
    const expected = this.#expected.get(key);
    if (!expected || this.#find(key) === expected.binding) return;
    if (expected.binding) this.context.add(expected.binding as Binding);
    else this.context.unbind(key);
    throw new BindingOrderError(key, expected.advice);
  }

  #expect(key: string, binding: Readonly<Binding> | undefined, advice: string): void {
    this.#expected.set(key, {binding, source: binding?.source, advice});
  }

  #find(key: string): Readonly<Binding> | undefined {
    return this.context.getBinding(key, {optional: true});
  }
}
