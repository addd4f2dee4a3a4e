/**
 * What a property is after the class that is its type has ended with another registry. Rows with a value are loaded, shown and saved as
 * before, because the model around the property goes on. A new value is refused with the error of the ended registry.
 */
import type {ModelClass} from '../juggler/types';

type EndError = () => Error;

interface Instance {
  __data?: Record<string, unknown>;
  __persisted?: boolean;
}

/** What juggler gives an observer of `before save`. */
interface SaveContext {
  readonly instance?: Instance;
  readonly currentInstance?: Instance;
  readonly data?: Record<string, unknown>;
  /** False when a row is replaced. Undefined when a loaded instance is saved: its values are those of the row. */
  readonly isNewInstance?: boolean;
}

/**
 * Makes the function that takes the place of an ended class. It takes any value as it is: juggler converts a value in the callback of a
 * connector or of a hook, where an error would end the process.
 */
export function endedType(name: string): Function {
  // a method has no prototype, and juggler and user code ask for `value instanceof type`
  return Object.defineProperty(
    function (value: unknown): unknown {
      return value;
    },
    'name',
    {value: name},
  );
}

/**
 * Refuses new values for these properties of a class: an assignment that replaces a value, and a value in the data of an operation. A
 * part of a row (an instance of an embedded class) has no operations, so it takes a value where it had none.
 * @param error makes the error
 */
export function refuseNewValues(model: ModelClass, names: readonly string[], error: EndError): void {
  for (const name of names) Object.defineProperty(model.prototype, name, guardedAccessor(name, error));
  if (model.settings?.anonymous) return;
  const observed = model as Partial<{observe(operation: string, observer: unknown): void}>;
  observed.observe?.(
    'before save',
    ({instance, currentInstance, data, isNewInstance}: SaveContext, next: (error?: Error) => void) => {
      const isNew = (values: Record<string, unknown> | undefined, name: string) =>
        isOther(values?.[name], currentInstance?.__data?.[name]);
      const saved = instance?.__persisted && isNewInstance === undefined ? undefined : instance?.__data;
      next(names.some(name => isNew(data, name) || isNew(saved, name)) ? error() : undefined);
    },
  );
}

function guardedAccessor(name: string, error: EndError): PropertyDescriptor & ThisType<Instance> {
  return {
    get() {
      return this.__data?.[name];
    },
    set(value: unknown) {
      // A first value may come from a row: juggler makes instances in the callbacks of connectors, where an error would end the process.
      // And it assigns the present value again when it saves an instance.
      const present = this.__data?.[name] ?? undefined;
      if (present !== undefined && isOther(value, present)) throw error();
      (this.__data ??= {})[name] = value;
    },
    enumerable: true,
    configurable: true,
  };
}

/** Whether a value is another one than the present. Nothing can take the place of any value: that removes what has ended. */
function isOther(value: unknown, present: unknown): boolean {
  if (value === undefined || value === null || value === present) return false;
  try {
    return JSON.stringify(value) !== JSON.stringify(present);
  } catch {
    return true;
  }
}
