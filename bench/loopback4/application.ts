import {inject, type Constructor} from '@loopback/core';
import {DefaultCrudRepository, Entity, juggler, Model, model, property, repository, RepositoryMixin} from '@loopback/repository';
import {get, post, requestBody, RestApplication} from '@loopback/rest';
import {DynamicDatasourceBindings, Loopback4DynamicDatasourceComponent} from 'loopback4-dynamic-datasource';
import {TenantRegistries} from '../../lib/index';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';

/** How an application of LoopBack 4 gets its tenants. `none`: it has one datasource, and knows no tenants. */
export type Way = 'none' | 'dynamic' | 'shared' | 'tenant';

/** The number of entities. Each has three nested models of its own. */
export const ENTITIES = 20;

const HEADER = 'x-tenant';
const settings = () => ({name: 'db', connector: 'memory'});

/** A nested model with a property that no other has. */
function nestedModel(name: string): typeof Model {
  const Nested = {[name]: class extends Model {}}[name];
  property({type: 'string'})(Nested.prototype, 'first');
  property({type: 'number'})(Nested.prototype, `only${name}`);
  return model()(Nested) ?? Nested;
}

interface Row extends Entity {
  id?: number;
  name: string;
}

/** An entity, its repository and its controller, as the command line of LoopBack writes them. */
function addEntity(app: RestApplication & {repository(repository: Constructor<never>): unknown}, index: number): void {
  const name = `Entity${index}`;
  const Class = {[name]: class extends Entity {}}[name] as typeof Entity & {prototype: Row};
  property({type: 'number', id: true, generated: true})(Class.prototype, 'id');
  property({type: 'string', required: true})(Class.prototype, 'name');
  property({type: 'date'})(Class.prototype, 'created');
  for (const part of ['address', 'contact']) property({type: nestedModel(`${name}${part}`)})(Class.prototype, part);
  property({type: 'array', itemType: nestedModel(`${name}line`)})(Class.prototype, 'lines');
  model()(Class);

  class Repository extends DefaultCrudRepository<Row, number> {
    constructor(dataSource: juggler.DataSource) {
      super(Class, dataSource);
    }
  }
  inject('datasources.db')(Repository, undefined, 0);
  Object.defineProperty(Repository, 'name', {value: `${name}Repository`});
  app.repository(Repository as never);

  class Controller {
    constructor(readonly rows: Repository) {}
    create(row: Row): Promise<Row> {
      return this.rows.create(row);
    }
    find(): Promise<Row[]> {
      return this.rows.find({limit: 2});
    }
  }
  repository(Repository)(Controller, undefined, 0);
  Object.defineProperty(Controller, 'name', {value: `${name}Controller`});
  const path = `/${name}`;
  const describe = (method: 'create' | 'find') => Object.getOwnPropertyDescriptor(Controller.prototype, method)!;
  requestBody({content: {'application/json': {schema: {type: 'object'}}}})(Controller.prototype, 'create', 0);
  post(path, {responses: {}})(Controller.prototype, 'create', describe('create'));
  get(path, {responses: {}})(Controller.prototype, 'find', describe('find'));
  app.controller(Controller);
}

/** Starts an application of LoopBack 4 with 20 entities. */
export async function startApplication(way: Way): Promise<RestApplication> {
  class Application extends RepositoryMixin(RestApplication) {}
  const app = new Application({rest: {port: 0, host: '127.0.0.1'}});
  for (let index = 0; index < ENTITIES; index++) addEntity(app, index);
  if (way === 'none') app.dataSource(new juggler.DataSource(settings()), 'db');
  else if (way === 'dynamic') {
    app.component(Loopback4DynamicDatasourceComponent);
    app
      .bind(DynamicDatasourceBindings.DATASOURCE_IDENTIFIER_PROVIDER)
      .to(({request}: {request: {headers: object}}) =>
        Promise.resolve({id: (request.headers as Record<string, string>)[HEADER]}),
      );
    app
      .bind(DynamicDatasourceBindings.DATASOURCE_PROVIDER)
      .to(() => Promise.resolve({db: () => Promise.resolve(new juggler.DataSource(settings()))}));
  } else {
    app.bind(TenantBindings.REGISTRIES).to(new TenantRegistries({maxModels: Infinity}));
    app.bind(TenantBindings.STRATEGY).to({header: HEADER});
    app.bind(TenantBindings.DATASOURCES).to({db: settings});
    app.configure(TenantBindings.COMPONENT).to({models: way});
    app.component(TenantComponent);
  }
  await app.start();
  return app;
}
