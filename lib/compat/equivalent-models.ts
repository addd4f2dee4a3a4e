import {isPlainData} from '../scoped-registry/juggler/property-set';
import type {Registrable} from './registrations';

interface Builder {
  readonly models: Record<string, Registrable>;
}

/**
 * Whether two property sets say the same, whatever the order of their keys. What is no plain data, a type, a class, a date,
 * is the same only as itself; dates and regular expressions of one text are alike.
 */
export function arePropertiesEquivalent(one: unknown, other: unknown): boolean {
  return alike(one, other, []);
}

/** The builder's embedded class with the properties of another embedded class, null where there is none. */
export function findEquivalentAnonymousModel(builder: Builder, source: Registrable): Registrable | null {
  const properties = source?.definition?.properties;
  if (!source?.settings?.anonymous || !properties) return null;
  // a look at each: the embedded classes of models that nobody has used yet are made with that
  for (const model of Object.values(builder.models)) void model?.definition?.properties;
  const models = Object.values(builder.models).filter(model => model?.settings?.anonymous && model.definition);
  return models.find(model => arePropertiesEquivalent(model.definition!.properties, properties)) ?? null;
}

/** @param open the pairs that are being compared: a pair within itself is alike as far as it has been seen */
function alike(one: unknown, other: unknown, open: readonly (readonly [object, object])[]): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Date) return one.getTime() === (other as Date).getTime();
  if (one instanceof RegExp) return one.toString() === (other as RegExp).toString();
  if (!isPlainData(one)) return false;
  if (open.some(([a, b]) => a === one && b === other)) return true;
  const within = [...open, [one, other] as const];
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    key => Object.hasOwn(other, key) && alike(one[key as keyof typeof one], other[key as keyof typeof other], within),
  );
}
