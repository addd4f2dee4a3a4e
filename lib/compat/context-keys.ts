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

/** By the name of its accessor, the symbol under which each known value is kept. */
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

/** What is read and set by accessors: values of the application's own, which nothing here looks into. */
export type ContextValues = Record<ValueName | (typeof KEYS)[ValueName], unknown>;

/** A name and its symbol are one key; any other key stands for itself. */
export function keyOf(key: unknown): unknown {
  if (key === 'tenant') return TENANT;
  return typeof key === 'string' && Object.hasOwn(KEYS, key) ? KEYS[key as ValueName] : key;
}

/** Gives a prototype that has `get` and `set` the accessors of the known values, by name and by symbol. */
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
