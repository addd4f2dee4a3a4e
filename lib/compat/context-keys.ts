/**
 * The well-known values of a compat context: their names, and the symbols that can be used as keys in place of the names.
 * ContextApi and ContextStore get their accessors from this table.
 */
export const TENANT: unique symbol = Symbol('tenant');
export const USER: unique symbol = Symbol('user');
export const ACCESS_TOKEN: unique symbol = Symbol('accessToken');
export const TIMEZONE: unique symbol = Symbol('timezone');
export const ORIGIN: unique symbol = Symbol('origin');
export const LANGUAGE: unique symbol = Symbol('language');
export const IDEMPOTENCY_KEY: unique symbol = Symbol('idempotencyKey');
export const INSTALLATION: unique symbol = Symbol('installation');
export const CARD_PROFILE: unique symbol = Symbol('cardProfile');
export const LOCATION: unique symbol = Symbol('location');

/** The symbol of each well-known value, by the name of its accessor. */
export const KEYS = {
  user: USER,
  accessToken: ACCESS_TOKEN,
  timezone: TIMEZONE,
  origin: ORIGIN,
  language: LANGUAGE,
  idempotencyKey: IDEMPOTENCY_KEY,
  installation: INSTALLATION,
  cardProfile: CARD_PROFILE,
  location: LOCATION,
} as const;

export type ValueName = keyof typeof KEYS;

/** The values that have accessors. The application chooses their content: this library never reads it. */
export type ContextValues = Record<ValueName | (typeof KEYS)[ValueName], unknown>;

/** Returns the symbol of a well-known name, because a name and its symbol are one key. Any other key is returned unchanged. */
export function keyOf(key: unknown): unknown {
  if (key === 'tenant') return TENANT;
  return typeof key === 'string' && Object.hasOwn(KEYS, key) ? KEYS[key as ValueName] : key;
}

/**
 * Defines the accessors of the well-known values, by name and by symbol, on a prototype with the methods `get` and `set`. An
 * accessor that the prototype has already is kept.
 */
export function defineAccessors(prototype: {get(key: unknown): unknown; set(key: unknown, value: unknown): void}): void {
  for (const [name, symbol] of Object.entries({tenant: TENANT, ...KEYS})) {
    const accessor: PropertyDescriptor & ThisType<typeof prototype> = {
      get() {
        return this.get(symbol);
      },
      set(value: unknown) {
        this.set(symbol, value);
      },
      configurable: true,
    };
    for (const key of [name, symbol]) if (!Object.hasOwn(prototype, key)) Object.defineProperty(prototype, key, accessor);
  }
}
