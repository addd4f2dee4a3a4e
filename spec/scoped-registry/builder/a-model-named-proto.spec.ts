import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {DataSource, forJuggler, ModelBuilder, ModelRegistry, type Juggler} from '../../../lib/index';

const MAJORS = ['juggler-3', 'juggler-4', 'juggler-5', 'juggler-6', 'loopback-datasource-juggler'];

const NAME = '__proto__';

/** Every way to give a model a name. */
const WAYS: Record<string, (place: {builder: any; dataSource: any}) => unknown> = {
  define: ({builder}) => builder.define(NAME, {text: String}),
  'define without properties': ({builder}) => builder.define(NAME),
  'define with a base': ({builder}) => builder.define(NAME, {text: String}, {base: builder.define('Base')}),
  'define by juggler’s own': ({builder}) => builder.define(NAME, {constructor: String}),
  extend: ({builder}) => builder.define('Base').extend(NAME, {text: String}),
  buildModels: ({builder}) => builder.buildModels([{name: NAME, properties: {text: String}}]),
  buildModelFromInstance: ({builder}) => builder.buildModelFromInstance(NAME, {text: 'x'}),
  'getModel, of a placeholder': ({builder}) => builder.getModel(NAME, true),
  createModel: ({dataSource}) => dataSource.createModel(NAME, {text: String}),
  'buildModelFromInstance of a datasource': ({dataSource}) => dataSource.buildModelFromInstance(NAME, {text: 'x'}),
};

describe('A model named __proto__', () => {
  it('is refused by juggler', () => {
    expect(() => new (juggler as any).ModelBuilder().define(NAME, {text: String})).to.throw(TypeError);
  });

  for (const major of MAJORS) {
    const scoped = major === 'loopback-datasource-juggler' ? {ModelBuilder, DataSource} : forJuggler(require(major) as Juggler);
    for (const [way, name] of Object.entries(WAYS)) {
      it(`is refused by ${way}, and nothing is left of it, on ${major}`, () => {
        const registry = new ModelRegistry();
        const builder = new scoped.ModelBuilder({registry});
        const dataSource = new scoped.DataSource({connector: 'memory', modelRegistry: {registry}});
        const prototypes = [registry.models, registry.definitions].map(one => Object.getPrototypeOf(one) as unknown);
        expect(() => name({builder, dataSource}))
          .to.throw(/cannot be named __proto__/)
          .with.property('code', 'INVALID_OPTION');
        expect([registry.models, registry.definitions].map(one => Object.getPrototypeOf(one) as unknown)).to.deep.equal(
          prototypes,
        );
        expect(Object.keys(registry.models).filter(key => key !== 'Base')).to.deep.equal([]);
        expect(builder.define('Customer', {text: String})).to.have.property('modelName', 'Customer');
      });
    }
  }
});
