import juggler from 'loopback-datasource-juggler';
import {isPlainData} from '../scoped-registry/juggler/property-set';
import {ownKeys} from '../scoped-registry/primitives/own-property';
import type {Registrable} from './registrations';

interface Builder {
  readonly models: Record<string, Registrable>;
}

/**
 * Whether two property sets are equal, in any order of keys. Plain objects and arrays are compared by content, dates by
 * their time, and regular expressions by their text. A `type` that is one of juggler's value types is equal to its name, in
 * any letter case: `{type: String}`, `{type: 'string'}`. Any other object or function, such as a model class, is equal only
 * to itself.
 */
export function arePropertiesEquivalent(one: unknown, other: unknown): boolean {
  return areEqual(one, other, false, []);
}

/**
 * Finds the builder's embedded class that has the same properties as another embedded class. Returns null when there is
 * none, and when `source` is not an embedded class.
 */
export function findEquivalentAnonymousModel(builder: Builder, source: Registrable): Registrable | null {
  const properties = source?.definition?.properties;
  if (!source?.settings?.anonymous || !properties) return null;
  // Reading the properties of a model makes its embedded classes and adds them to `builder.models`. Until then the embedded
  // classes of an unused model do not exist.
  for (const model of Object.values(builder.models)) void model?.definition?.properties;
  const models = Object.values(builder.models).filter(model => model?.settings?.anonymous && model.definition);
  return models.find(model => arePropertiesEquivalent(model.definition!.properties, properties)) ?? null;
}

/**
 * @param areTypes whether the values are types: those of a `type`, or the items of a list type
 * @param open the pairs being compared now. Meeting one of them again is a cycle, which is equal unless the rest differs.
 */
function areEqual(one: unknown, other: unknown, areTypes: boolean, open: readonly (readonly [object, object])[]): boolean {
  if (Object.is(one, other) || (areTypes && valueTypeOf(one) === valueTypeOf(other))) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Date) return one.getTime() === (other as Date).getTime();
  if (one instanceof RegExp) return one.toString() === (other as RegExp).toString();
  if (!isPlainData(one)) return false;
  if (open.some(([a, b]) => a === one && b === other)) return true;
  const within = [...open, [one, other] as const];
  const keys = ownKeys(one);
  if (keys.length !== ownKeys(other).length) return false;
  return keys.every(
    key =>
      Object.hasOwn(other, key) &&
      areEqual(
        one[key as keyof typeof one],
        other[key as keyof typeof other],
        key === 'type' || (areTypes && Array.isArray(one)),
        within,
      ),
  );
}

/** The value type that a name means; any other value itself. */
function valueTypeOf(type: unknown): unknown {
  const {schemaTypes} = juggler.ModelBuilder as unknown as {schemaTypes: Record<string, Function>};
  return typeof type === 'string' ? (schemaTypes[type.toLowerCase()] ?? type) : type;
}
