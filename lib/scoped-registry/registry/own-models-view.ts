import type {Dictionary, StockModelBuilder} from '../juggler/types';
import {fixedDictionaryOf, showDictionary} from './dictionaries';
import type {Listing} from './namesakes';

/** The part of ModelCatalogue that a view needs. */
interface Catalogue {
  readonly models: Dictionary<unknown>;
  readonly definitions: Dictionary<unknown>;
  /** The class of a name that belongs to a builder. */
  ownListing(name: string, builder: StockModelBuilder): Listing | undefined;
  /** The same, if the dictionaries list another class under that name. */
  namesakeOf(name: string, builder: StockModelBuilder): Listing | undefined;
  removeNamesake(name: string, namesake: Listing): void;
}

/**
 * Gives a builder views of its registry's dictionaries, in which each name means the builder's own class, if it has one. juggler reads
 * the dictionaries of a builder directly, for example for the target of a relation.
 */
export function showOwnModels(builder: StockModelBuilder, catalogue: Catalogue): void {
  for (const [kind, part] of [
    ['models', 'model'],
    ['definitions', 'definition'],
  ] as const) {
    const dictionary = catalogue[kind];
    if (fixedDictionaryOf(builder, kind) === dictionary)
      showDictionary(builder, kind, viewOf(dictionary, part, builder, catalogue));
  }
}

function viewOf(
  dictionary: Dictionary<unknown>,
  part: keyof Listing,
  builder: StockModelBuilder,
  catalogue: Catalogue,
): Dictionary<unknown> {
  const own = (name: PropertyKey) => (typeof name === 'string' ? catalogue.ownListing(name, builder) : undefined);
  const namesake = (name: PropertyKey) => (typeof name === 'string' ? catalogue.namesakeOf(name, builder) : undefined);
  return new Proxy(dictionary, {
    get(target, name) {
      const listing = own(name);
      return listing ? listing[part] : (Reflect.get(target, name) as unknown);
    },
    set(target, name, value) {
      const listing = namesake(name);
      return Reflect.set(listing ?? target, listing ? part : name, value);
    },
    deleteProperty(target, name) {
      const listing = namesake(name);
      if (listing) catalogue.removeNamesake(name as string, listing);
      // what is left under the name belongs to another datasource, unless it is this builder's
      else if (own(name) || typeof name !== 'string' || !Object.hasOwn(catalogue.models, name))
        Reflect.deleteProperty(target, name);
      return true;
    },
    getOwnPropertyDescriptor(target, name) {
      const property = Reflect.getOwnPropertyDescriptor(target, name);
      const listing = property && own(name);
      return listing ? {...property, value: listing[part]} : property;
    },
  });
}
