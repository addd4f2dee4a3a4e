import {EventEmitter} from 'node:events';
import {expect} from 'chai';
import {Context, DataSource} from '../../lib/compat';
import {nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import type {AnyDataSource, AnyModel} from '../support/service';

/** As a mixin of today's services does it: a model of no tenant, whose operations go where getDataSource says. */
describe('A model whose getDataSource was replaced', () => {
  freshDefault();
  let base: AnyDataSource;
  let tenants: Record<string, AnyDataSource>;
  let Customer: AnyModel;
  let asked: number;
  beforeEach(() => {
    const open = () => new DataSource({connector: 'memory'}) as AnyDataSource;
    base = open();
    tenants = {acme: open(), globex: open()};
    Customer = base.createModel('Customer', {name: String});
    for (const dataSource of Object.values(tenants)) dataSource.createModel('Customer', {name: String});
    asked = 0;
    Customer.getDataSource = () => {
      asked++;
      const dataSource = tenants[Context.tenant];
      if (!dataSource) throw new Error(`no datasource of ${Context.tenant}`);
      return dataSource;
    };
  });

  it('is asked by each operation, which then reads and writes that datasource', async () => {
    for (const tenant of ['acme', 'globex']) {
      await Context.runAsTenant(tenant, async () => {
        const before = asked;
        await Customer.create({name: `of ${tenant}`});
        expect(asked).to.be.above(before);
        const [row, ...others] = await Customer.find();
        expect([row.name, others.length, await Customer.count()]).to.deep.equal([`of ${tenant}`, 0, 1]);
      });
    }
    expect(Object.keys(base.connector.cache.Customer ?? {})).to.deep.equal([]);
  });

  it('fails the operation when it throws: the operation does not use a default datasource', async () => {
    const failures: string[] = [];
    for (const work of [() => Customer.create({name: 'lost'}), () => Customer.find(), () => Customer.count()]) {
      await Context.runAsTenant('initech', async () => {
        try {
          await work();
        } catch (error) {
          failures.push((error as Error).message);
        }
      });
    }
    expect(failures).to.deep.equal(Array(3).fill('no datasource of initech'));
    expect(Object.keys(base.connector.cache.Customer ?? {})).to.deep.equal([]);
  });

  it('may return another object whose ready() makes the operation wait', async () => {
    const pool = new EventEmitter();
    let isReady = false;
    const {acme} = tenants;
    tenants.acme = Object.assign(Object.create(acme), {
      ready(receiver: object, args: {callee: (...args: unknown[]) => unknown} & unknown[]) {
        if (isReady) return false;
        const {callee} = args;
        pool.once('connected', () => void callee.apply(receiver, [...args]));
        return true;
      },
    });
    let counted: number | undefined;
    Context.runAsTenant('acme', () => Customer.count((_error: unknown, count: number) => (counted = count)));
    await nextJob();
    expect(counted).to.equal(undefined);
    isReady = true;
    Context.runAsTenant('acme', () => pool.emit('connected'));
    await nextJob();
    await nextJob();
    expect(counted).to.equal(0);
  });
});
