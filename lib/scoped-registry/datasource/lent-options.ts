type Options = Record<PropertyKey, unknown>;

/** Where the options are among the arguments of the connector methods that take more than two before them. */
const OPTIONS_AT: Readonly<Record<string, number | undefined>> = {
  ...{find: 3, update: 3, updateAll: 3, updateAttributes: 3, upsertWithWhere: 3, patchOrCreateWithWhere: 3, replaceById: 3},
  ...{findOrCreate: 3, set: 3, expire: 3},
};

/**
 * Puts a copy of the options in their place among the arguments of a connector call, if they refer to objects: user code passes instances
 * and functions in them, and a pool may keep what it was given for ever. A transaction needs no copy, because it refers to no class.
 * @param position where the callback is among the arguments
 * @returns undefined if the options stay as they are
 */
export function lendOptions(method: string, args: unknown[], position: number): LentOptions | undefined {
  const at = position - 1;
  if (at < (OPTIONS_AT[method] ?? 2)) return undefined;
  const options = args[at];
  if (typeof options !== 'object' || options === null || !hasObjects(options as Options)) return undefined;
  // an object of a class may have private fields, which a copy would not have
  if (Object.getPrototypeOf(options) !== Object.prototype) return undefined;
  const lent = new LentOptions(options as Options);
  args[at] = lent.copy;
  return lent;
}

function hasObjects(options: Options): boolean {
  for (const name of Reflect.ownKeys(options)) {
    const value = options[name];
    if (name !== 'transaction' && ((typeof value === 'object' && value !== null) || typeof value === 'function')) return true;
  }
  return false;
}

/** The options of one connector call, and the copy that the connector has. */
export class LentOptions {
  readonly copy: Options;
  readonly #before: Options;

  constructor(private readonly options: Options) {
    this.copy = {...options};
    this.#before = {...options};
  }

  /** Gives the caller what the connector has written into its copy. */
  takeBack(): void {
    for (const name of Reflect.ownKeys(this.copy)) {
      const value = this.copy[name];
      if (!Object.is(value, this.#before[name])) Reflect.set(this.options, name, value);
    }
  }

  /** Empties the copy. */
  empty(): void {
    for (const name of Reflect.ownKeys(this.copy)) delete this.copy[name];
  }
}
