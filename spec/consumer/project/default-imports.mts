/** ES modules as Node itself reads them: a CommonJS package is the default export. */
import juggler from 'loopback-datasource-juggler';
import {forJuggler, install, TenantDataSources, TenantRegistries} from 'loopback-scoped-registry';
import Context, {Context as named} from 'loopback-scoped-registry/compat';

const registries = new TenantRegistries();
install(juggler, {registries});
export const sources = new TenantDataSources({registries, juggler, create: () => ({connector: 'memory'})});
export const {DataSource} = forJuggler(juggler);
export const isOne: boolean = Context === named;
