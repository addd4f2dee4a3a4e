import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';

/** A held tenant, for lib/compat. */
export interface HeldRegistry {
  readonly tenant: string;
  readonly registry: ModelRegistry;
  /** Milliseconds since the registry was built, or came back. */
  readonly age: number;
  /** Milliseconds since the registry was last used. */
  readonly idle: number;
  /** Whether the tenant has work in flight. */
  readonly busy: boolean;
}
