import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';
import {tenantDataSource, type AnyDataSource} from '../../support/service';

/** A connector whose `count` calls `turn`. It notes the table of models that it sees before and after that. */
class Connector {
  name = 'told';
  _models: Record<string, {model: unknown}> = {};
  seen: unknown[] = [];
  turn: () => void = () => {};

  initialize(dataSource: AnyDataSource, callback: () => void): void {
    dataSource.connector = this;
    process.nextTick(callback);
  }

  connect(callback: () => void): void {
    process.nextTick(callback);
  }

  define(definition: {model: {modelName: string}}): void {
    this._models[definition.model.modelName] = definition;
  }

  count(_model: string, _where: object, _options: object, callback: (error: null, count: number) => void): void {
    this.seen = [this._models];
    this.turn();
    this.seen.push(this._models);
    callback(null, 0);
  }
}

describe('During a call of a tenant’s connector', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  let connector: Connector;
  let dataSource: AnyDataSource;
  let Customer: any;
  beforeEach(async () => {
    connector = new Connector();
    dataSource = tenantDataSource(registries, 'acme', {connector});
    Customer = dataSource.createModel('Customer', {name: String});
    await Customer.count();
  });
  const tableOf = (tenant: string) => registries.for(tenant).tables.tableOf(connector);
  const looks = (work: () => void) => {
    const {hits} = registries.stats();
    work();
    return registries.stats().hits - hits;
  };

  it('the tenant’s registry is looked up once, however often the connector reads its models', async () => {
    let during = -1;
    connector.turn = () => {
      during = looks(() => {
        for (let record = 0; record < 50; record++) expect(connector._models.Customer.model).to.equal(Customer);
        expect(dataSource.getModelDefinition('Customer')).to.equal(Customer.definition);
      });
    };
    await Customer.count();
    expect(during).to.equal(0);
  });

  it('the registry is looked up again after the connector answers, returns or throws', async () => {
    await Customer.count();
    expect(looks(() => connector._models)).to.equal(1);
    // this one answers before it returns
    connector.count('Customer', {}, {}, () => expect(looks(() => connector._models)).to.equal(1));
    connector.turn = () => {
      throw new Error('broken');
    };
    expect(() => Customer.count()).to.throw('broken');
    expect(looks(() => connector._models)).to.equal(1);
  });

  it('a call for another tenant uses that tenant’s registry', async () => {
    const other = tenantDataSource(registries, 'globex', {connector: new Connector()});
    const Theirs = other.createModel('Customer', {name: String});
    connector.turn = () => {
      expect(other.connector._models.Customer.model).to.equal(Theirs);
      Theirs.count(() => {});
      expect(other.models.Customer).to.equal(Theirs);
    };
    await Customer.count();
    expect(connector.seen[0]).to.equal(tableOf('acme'));
    expect(connector.seen[1]).to.equal(connector.seen[0]);
    expect(other.connector.seen[0]).to.not.equal(connector.seen[0]);
  });

  it('a registry that ends is replaced by the tenant’s next one', async () => {
    connector.turn = () => registries.for('acme').dispose();
    await Customer.count().catch(() => {});
    expect(connector.seen[1]).to.equal(tableOf('acme'));
    expect(connector.seen[1]).to.not.equal(connector.seen[0]);
  });
});
