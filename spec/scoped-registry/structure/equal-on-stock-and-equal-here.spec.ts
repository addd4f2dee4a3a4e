import {isDeepStrictEqual} from 'node:util';
import fc from 'fast-check';
import {forJuggler, ModelRegistry, type Juggler} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {looks, throwaway} from '../../support/class-looks';
import {anyShape, copyOf, pairOfShapes} from '../../support/random-shapes';
import {JUGGLERS} from '../../support/side-by-side';

/** The type of a property that is a nested object; a list of it and an option `type` lead to the same. */
function typeOf(builder: any, shape: unknown): any {
  const {type} = builder.define('Model', {part: shape}, {idInjection: false}).definition.properties.part;
  return Array.isArray(type) ? type[0] : type;
}

describe('Two structures share a class if and only if their classes behave the same on stock', () => {
  for (const {major, juggler, share} of JUGGLERS) {
    const {ModelBuilder} = forJuggler(juggler as Juggler);
    const newBuilder = (embedded: 'light' | 'stock') => new ModelBuilder({registry: new ModelRegistry({embedded})}) as any;
    const onStock = (shape: unknown) => looks(typeOf(new juggler.ModelBuilder(), throwaway(shape)));
    const embedded = fc.constantFrom('light' as const, 'stock' as const);

    it(`for any two structures (juggler ${major})`, async () => {
      let equal = 0;
      await assertProperty(
        fc.property(pairOfShapes, embedded, ([a, b], embedded) => {
          const builder = newBuilder(embedded);
          const isShared = typeOf(builder, a) === typeOf(builder, b);
          const isEqual = isDeepStrictEqual(onStock(a), onStock(b));
          if (isEqual) equal++;
          if (isShared !== isEqual) throw new Error(`equal on stock: ${isEqual}, one class here: ${isShared}`);
        }),
        800 * share,
      );
      if (equal === 0) throw new Error('no two structures were equal');
    });

    it(`for a structure and a copy of it, and the class is the one that stock makes (juggler ${major})`, async () => {
      await assertProperty(
        fc.property(anyShape, embedded, (shape, embedded) => {
          const builder = newBuilder(embedded);
          const [first, again, copied] = [shape, shape, copyOf(shape)].map(each => typeOf(builder, each));
          if (again !== first || copied !== first) throw new Error('it has several classes');
          if (Object.keys(first.definition.properties).join() !== onStockNames(shape).join()) throw new Error('other properties');
        }),
        200 * share,
      );
    });

    const onStockNames = (shape: unknown) =>
      Object.keys(typeOf(new juggler.ModelBuilder(), throwaway(shape)).definition.properties);
  }
});
