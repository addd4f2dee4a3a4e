import {expect} from 'chai';
import * as fc from 'fast-check';
import {isDeferrable} from '../../lib/scoped-registry/structure/deferred-class';
import {modelFromDocumentMethods} from '../../lib/scoped-registry/builder/model-from-document';
import {PrivateCopies} from '../../lib/scoped-registry/structure/private-copies';
import {LiveValueTypes} from '../../lib/scoped-registry/juggler/value-types';
import {assertProperty, thorough} from '../support/assert-property';
import {JUGGLERS} from '../support/side-by-side';

class Money {
  currency = 'EUR';
}

const EXOTIC: unknown[] = [
  ...[null, undefined, new Date(0), Buffer.from('a'), new Money(), Money, () => {}, Symbol('s'), 1n, /a/, new Map([[1, 2]])],
  ...[Object.create(null, {a: {value: 1, enumerable: true}}), Object.create({inherited: 1}), Object.create(Array.prototype)],
  ...[[null, undefined, 'third'], [[], [1]], [{}], new (class extends Array {})(), JSON.parse('{"__proto__": {"a": 1}}')],
  ...[Object.assign(() => {}, {constructor: {name: ''}}), new String('boxed'), new Proxy({a: 1}, {})],
];

const documents = fc.letrec(tie => ({
  document: fc.dictionary(
    fc.oneof(fc.constantFrom('id', 'type', 'default', 'required', 'generated', 'a.b', 'constructor'), fc.string()),
    tie('value'),
  ),
  value: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.jsonValue({maxDepth: 1}),
    fc.constantFrom(...EXOTIC),
    tie('document'),
    fc.array(tie('value'), {maxLength: 3}),
  ),
})).document;

describe('The properties of a model that is built from a document are those that juggler’s introspection finds', () => {
  for (const {major, juggler} of JUGGLERS) {
    const ours = modelFromDocumentMethods(juggler, 'define', () => undefined);
    const introspect = (document: unknown): unknown => {
      let given: unknown;
      ours.buildModelFromInstance.call({define: (_name: string, properties: unknown) => (given = properties)}, 'Any', document);
      return given;
    };
    const stock = (document: unknown): unknown => juggler.ModelBuilder.introspect(document);

    it(`for any document (juggler ${major})`, async () => {
      for (const document of EXOTIC) expect(written(introspect({document}))).to.deep.equal(written(stock({document})));
      await assertProperty(
        fc.property(documents, document => {
          expect(written(introspect(document))).to.deep.equal(written(stock(document)));
        }),
        200,
      );
    });

    it(`each property noted as deferrable is deferrable (juggler ${major})`, async () => {
      const valueTypes = new LiveValueTypes(juggler.ModelBuilder.schemaTypes).now;
      let said = 0;
      await assertProperty(
        fc.property(documents, document => {
          const copies = new PrivateCopies();
          const define = (_name: string, properties: unknown) => {
            for (const property of Object.values(typeof properties === 'object' && properties ? properties : {})) {
              if (typeof property !== 'object' || !copies.isDeferrable(property)) continue;
              said++;
              expect(isDeferrable(property, valueTypes)).to.equal(true);
            }
          };
          modelFromDocumentMethods(
            juggler,
            'define',
            () => copies,
            () => true,
          ).buildModelFromInstance.call({define} as never, 'Any', document);
        }),
        1000,
      );
      if (!thorough) expect(said).to.be.above(50);
    });

    it(`with value types that have primitives or plain objects as instances (juggler ${major})`, () => {
      const types = juggler.ModelBuilder.schemaTypes;
      class Short {
        static [Symbol.hasInstance](value: unknown) {
          return typeof value === 'string' && value.length < 3;
        }
      }
      function Plain() {}
      Plain.prototype = Object.prototype;
      for (const type of [Short, Plain]) {
        try {
          types.short = type;
          for (const document of [{a: 'x', b: 'long enough'}, {a: {b: 1}}])
            expect(written(introspect(document))).to.deep.equal(written(stock(document)));
          expect(stock({document: {a: 'x'}})).not.to.deep.equal({document: {a: 'string'}});
        } finally {
          delete types.short;
        }
      }
    });

    it(`with an introspection of user code that replaces juggler’s (juggler ${major})`, () => {
      const {introspect: before} = juggler.ModelBuilder;
      try {
        juggler.ModelBuilder.introspect = () => ({mine: 'string'});
        expect(introspect({a: 1})).to.deep.equal({mine: 'string'});
      } finally {
        juggler.ModelBuilder.introspect = before;
      }
    });
  }
});

/** With the order of keys, and which object it inherits from. */
function written(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return [typeof value === 'string' ? JSON.stringify(value) : value];
  if (Array.isArray(value)) return value.map(written);
  const entries = Object.entries(value).map(([name, item]) => [name, written(item)]);
  const prototype: unknown = Object.getPrototypeOf(value);
  return {entries, inherits: prototype === Object.prototype || written(prototype)};
}
