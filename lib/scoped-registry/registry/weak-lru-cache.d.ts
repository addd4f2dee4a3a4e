/** Declares the part of weak-lru-cache that RegistryCache uses. The `exports` of that package hide its own declarations. */
declare module 'weak-lru-cache' {
  export class WeakLRUCache<K, V extends object> extends Map<K, unknown> {
    /** With `expirer: false` the cache keeps no value alive. */
    constructor(options: {expirer: false});
    getValue(key: K): V | undefined;
    setValue(key: K, value: V): void;
  }
}
