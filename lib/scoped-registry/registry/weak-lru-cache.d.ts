/** The part of weak-lru-cache that is used here; its own declarations are out of reach of its `exports`. */
declare module 'weak-lru-cache' {
  export class WeakLRUCache<K, V extends object> extends Map<K, unknown> {
    /** `expirer: false`: holds nothing strongly. */
    constructor(options: {expirer: false});
    getValue(key: K): V | undefined;
    setValue(key: K, value: V): void;
  }
}
