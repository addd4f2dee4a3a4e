import {expect} from 'chai';
import {DataSource, ModelBuilder, ModelRegistry, type ClassMaker, type TenantRegistries} from '../../lib/index';
import {lookedAt} from './first-look';
import {keepingConnector} from './keeping-connector';
import {NESTED} from './structures';

/** What mentions a class of another registry. */
export interface Holder {
  readonly builder: any;
  readonly dataSource: any;
  /** A name for the model that mentions the class. Other models begin with it, because one holder has all places. */
  readonly name: string;
  /** Another builder of the same registry. */
  newBuilder(): any;
}

/** Lets something of the holder mention the class. */
export type Mention = (holder: Holder, A: any) => void;

type NewHolder = (registries: TenantRegistries, embedded: ClassMaker) => object;

const HOLDERS: Record<string, NewHolder> = {
  'another tenant': registries => ({registries, tenant: 'holder'}),
  'the shared registry': registries => ({registries}),
  'a registry of its own': (_, embedded) => ({registry: new ModelRegistry({embedded})}),
};

interface Mentions {
  /** The holder of each place. */
  readonly holders: ReadonlyMap<string, Holder>;
  /** Ends the tenant of the classes, and returns the places whose class is alive. */
  survivors(): Promise<string[]>;
}

/** Runs `spec` for each kind of holder, with light classes and with juggler's. */
export function forEachHolder(spec: (title: string, newHolder: NewHolder, embedded: ClassMaker) => void): void {
  for (const embedded of ['light', 'stock'] as const)
    for (const [title, newHolder] of Object.entries(HOLDERS)) spec(`${title} (${embedded})`, newHolder, embedded);
}

/**
 * Makes one tenant with a class for each place, and one holder, in which each place mentions its class. One collection of garbage tells
 * which of them are alive.
 */
export function mentionAll(
  registries: TenantRegistries,
  [newHolder, embedded]: readonly [NewHolder, ClassMaker],
  places: Readonly<Record<string, Mention>>,
): Mentions {
  const options = newHolder(registries, embedded);
  const newBuilder = () => new ModelBuilder(options);
  const builder: any = newBuilder();
  const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
  const titles = Object.keys(places);
  const holders = new Map(titles.map((title, index) => [title, {builder, dataSource, newBuilder, name: `Holding${index}`}]));
  const of: any = new DataSource({connector: keepingConnector(), modelRegistry: {registries, tenant: 'mentioned'}});
  for (const [index, title] of titles.entries()) {
    // no class is in a variable of an async function, which V8 would keep
    const A = lookedAt(of.createModel(`Mentioned${index}`, {x: Number, size: {w: Number}}));
    // nothing of this may stay with the class
    A.hasMany(of.createModel(`Related${index}`, NESTED()), {as: 'related'});
    places[title](holders.get(title)!, A);
  }
  return {
    holders,
    async survivors() {
      const report = await registries.offboard('mentioned', {verify: true});
      expect(report.errors).to.deep.equal([]);
      if (report.survivors === 0) return [];
      const [{names}] = registries.findLeaks();
      return names.map(name => titles[Number(/^Mentioned(\d+)$/.exec(name)?.[1])] ?? name).sort();
    },
  };
}
