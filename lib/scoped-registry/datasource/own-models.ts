/**
 * The look-ups by which a datasource answers for its own models. In juggler each datasource has a builder of its own, and finds the
 * models of that builder alone. Here the datasources of a tenant share a registry.
 */
import {builderOf, isAlone, registryOf} from '../binding/builder-binding';
import type {Dictionary, ModelClass, StockDataSource} from '../juggler/types';
import {isOf} from '../ownership/class-home';

/** The methods of juggler's DataSource that look for a model. */
export interface OwnModelMethods {
  getModel(name: string, forceCreate?: boolean): ModelClass | undefined;
  deleteModelByName(name: string): void;
}

/**
 * @param stock juggler's own methods
 * @param bind binds a datasource that is not bound yet
 */
export function ownModelMethods(
  stock: OwnModelMethods,
  bind: (dataSource: StockDataSource) => void,
): OwnModelMethods & ThisType<StockDataSource> {
  /** The datasource's own model of a name. */
  function ownModel(dataSource: StockDataSource, name: string): ModelClass | undefined {
    const {modelBuilder} = dataSource;
    // asked first, because code may have replaced the builder's method
    const model = modelBuilder.getModel(name);
    const builder = builderOf(modelBuilder);
    if (model && (isOf(model, builder) || model.dataSource === dataSource)) return model;
    return registryOf(builder).catalogue.ownListing(name, builder)?.model;
  }

  /** Whether juggler's own method is right: the builder has no other models than this datasource may answer for. */
  function isAsStock(dataSource: StockDataSource): boolean {
    bind(dataSource);
    return Boolean(dataSource.isTransaction) || isAlone(dataSource.modelBuilder);
  }

  return {
    /**
     * Returns the model of that name that was defined on this datasource's builder or attached to this datasource. LoopBack 4's
     * repository defines its model only if this returns undefined.
     * @param forceCreate returns a placeholder if there is none, which only a model of this datasource fills in
     */
    getModel(name, forceCreate) {
      if (isAsStock(this)) return stock.getModel.call(this, name, forceCreate);
      const own = ownModel(this, name);
      if (own || !forceCreate) return own;
      const builder = builderOf(this.modelBuilder);
      return registryOf(builder).catalogue.reserving(name, builder, () => this.modelBuilder.define(name, {}, {unresolved: true}));
    },

    /** Removes this datasource's own model of that name, and no other datasource's. */
    deleteModelByName(name) {
      if (isAsStock(this) || ownModel(this, name)) stock.deleteModelByName.call(this, name);
    },
  };
}

/**
 * A view of a datasource for juggler's `defineRelations`. The target of a relation may belong to another datasource of the tenant, so the
 * names of targets are looked up on the builder: the datasource's own model first, then the tenant's.
 */
export function namesOfRelations(dataSource: StockDataSource): StockDataSource {
  const getModel = (name: string, forceCreate?: boolean) => dataSource.modelBuilder.getModel(name, forceCreate);
  return Object.create(dataSource, {getModel: {value: getModel}} satisfies Dictionary<PropertyDescriptor>) as StockDataSource;
}
