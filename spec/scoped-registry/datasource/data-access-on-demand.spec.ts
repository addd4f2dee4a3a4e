import {expect} from 'chai';
import {makeDataAccessLazy} from '../../../lib/scoped-registry/datasource/lazy-data-access';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {JUGGLERS} from '../../support/side-by-side';

const PARTS = ['DataAccessObject', '_operations'] as const;
const isMade = (dataSource: object) => PARTS.map(name => Object.getOwnPropertyDescriptor(dataSource, name)!.get === undefined);

/** All that a datasource says of its methods, for a comparison. */
function described({DataAccessObject, _operations}: any): object {
  const scopeOf = (scope: unknown) =>
    scope === DataAccessObject ? 'class' : scope === DataAccessObject.prototype ? 'instance' : scope;
  return {
    statics: {...DataAccessObject},
    methods: {...DataAccessObject.prototype},
    operations: Object.fromEntries(
      Object.entries(_operations).map(([name, {scope, ...rest}]: any) => [name, {...rest, scope: scopeOf(scope)}]),
    ),
  };
}

describe('The data access object of a tenant’s datasource', () => {
  for (const {major, juggler} of JUGGLERS)
    describe(`on juggler ${major}`, () => {
      const made = (connector: unknown = 'memory') => new juggler.DataSource({connector});
      const lazy = (dataSource = made()) => (makeDataAccessLazy(dataSource), dataSource);

      it('is made when it is read, equal to juggler’s own, and one for each datasource', () => {
        lazy();
        const [first, second] = [lazy(), lazy()];
        expect([isMade(first), isMade(second)]).to.deep.equal([[false, false], [false, false]]); // prettier-ignore
        const stock = described(made());
        expect(described(first)).to.deep.equal(stock);
        expect([isMade(first), isMade(second)]).to.deep.equal([[true, true], [false, false]]); // prettier-ignore
        expect(described(second)).to.deep.equal(stock);
        for (const name of PARTS) expect(first[name]).not.to.equal(second[name]);
        first.DataAccessObject.find = undefined;
        first._operations.find.enabled = false;
        expect(described(second)).to.deep.equal(stock);
        expect(described(lazy())).to.deep.equal(stock);
      });

      it('is made by what needs it: a model, remoting, a transaction; and an assignment replaces it', () => {
        for (const use of [
          (dataSource: any) => dataSource.define('Note', {text: String}).find,
          (dataSource: any) => dataSource.enableRemote('create'),
          (dataSource: any) => dataSource.getOperation('find').scope.find,
          (dataSource: any) => Object.assign({}, dataSource).DataAccessObject.find,
          (dataSource: any) => Object.create(dataSource).DataAccessObject.find,
        ]) {
          const dataSource = lazy();
          use(dataSource);
          expect(isMade(dataSource)).to.deep.equal([true, true]);
        }
        const dataSource = lazy();
        const own = (dataSource.DataAccessObject = class {});
        expect([dataSource.DataAccessObject, isMade(dataSource)]).to.deep.equal([own, [true, true]]);
      });

      it('stays as it is where the datasource has methods or operations of its own', () => {
        lazy();
        for (const change of [
          (dataSource: any) => (dataSource.DataAccessObject.search = () => {}),
          (dataSource: any) => (dataSource.DataAccessObject.find = () => {}),
          (dataSource: any) => delete dataSource.DataAccessObject.prototype.save,
          (dataSource: any) => dataSource.defineOperation('search', {accepts: []}),
          (dataSource: any) => dataSource.enableRemote('create') ?? dataSource.defineOperation('create', {}),
        ]) {
          const dataSource = made();
          change(dataSource);
          const before = described(dataSource);
          expect([isMade(lazy(dataSource)), described(dataSource)]).to.deep.equal([[true, true], before]);
        }
      });
    });

  it('is not made for the operations of models that all tenants share', async () => {
    const registries = new TenantRegistries();
    const sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
    const Note = sources.shared.createModel<any>('Note', {text: String});
    await TenantContext.run('acme', async () => {
      const {id} = await Note.create({text: 'x'});
      await (await Note.findById(id)).updateAttributes({text: 'y'});
      await sources.shared.autoupdate();
    });
    expect(isMade(sources.get('acme'))).to.deep.equal([false, false]);
    await registries.dispose();
  });
});
