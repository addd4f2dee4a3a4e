/**
 * Run by itself, with the code of a service on its standard input: prints how many classes live after each part of its day. With
 * tenants as arguments: prints the names of the customers that each of them reads, after it has written two.
 */
import type {RequestListener} from 'node:http';
import {text} from 'node:stream/consumers';
import {Service, type Call} from '../support/http';
import {liveClasses, nextJob} from '../support/live-classes';

/** The package as this process has it: what its classes share is known to the count. */
const PACKAGE: Record<string, string> = {
  'loopback-scoped-registry': '../../lib/index',
  'loopback-scoped-registry/express': '../../lib/express',
};

function load(code: string): RequestListener {
  const module = {exports: {}};
  const requiring = (name: string): unknown => require(PACKAGE[name] ?? name);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('require', 'module', code)(requiring, module);
  return module.exports as RequestListener;
}

const CUSTOMER = {
  name: 'Ann',
  address: {street: 'Main St', geo: {lat: 1, lng: 2}},
  orders: [{total: 1, lines: [{sku: 'a', price: {amount: 1, currency: 'EUR'}}]}],
  custom: {size: 1},
};
const tenants = (count: number, prefix = 'tenant') => Array.from({length: count}, (_, index) => `${prefix}-${index}`);

async function measure(service: Service): Promise<number[]> {
  const call = async (path: string, call: Call) => {
    const {status, text} = await service.call(path, call);
    if (status !== 200) throw new Error(`${path} is ${status}: ${text}`);
  };
  const setFields = (tenant: string, body: object) => call('/fields', {tenant, method: 'PUT', body});
  const written = new Map<string, number>();
  /** A tenant reads what it has written, and nothing else. */
  const addCustomer = async (tenant: string) => {
    await call('/customers', {tenant, body: {...CUSTOMER, name: tenant}});
    written.set(tenant, (written.get(tenant) ?? 0) + 1);
    const {body} = await service.call('/customers', {tenant});
    const names = (body as {name: string}[]).map(({name}) => name);
    if (names.length !== written.get(tenant) || names.some(name => name !== tenant))
      throw new Error(`${tenant} has written ${written.get(tenant)} rows, and reads those of ${names.join(', ')}`);
  };
  const leave = (tenant: string) => call(`/tenants/${tenant}`, {method: 'DELETE'});
  const come = async (tenant: string) => {
    await setFields(tenant, {size: 'number', since: {day: 'date'}});
    for (let customer = 0; customer < 2; customer++) await addCustomer(tenant);
  };

  const parts = [
    () => each(tenants(20), come),
    () =>
      each(tenants(20), async tenant => {
        await setFields(tenant, {size: 'number', since: {day: 'date', hour: 'number'}});
        await addCustomer(tenant);
      }),
    () => each(tenants(10), leave),
    () =>
      each(tenants(50, 'guest'), async tenant => {
        await come(tenant);
        await leave(tenant);
      }),
  ];
  const counts: number[] = [];
  for (const part of parts) {
    await part();
    for (let job = 0; job < 10; job++) await nextJob();
    counts.push(liveClasses());
  }
  return counts;
}

async function rowsOf(service: Service, tenants: readonly string[]): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  const setFields = (tenant: string, body: object) => service.call('/fields', {tenant, method: 'PUT', body});
  await each(tenants, async tenant => {
    await setFields(tenant, {size: 'number', since: {day: 'date'}});
    for (let customer = 0; customer < 2; customer++) {
      const {status, text} = await service.call('/customers', {tenant, body: {...CUSTOMER, name: `Ann of ${tenant}`}});
      if (status !== 200) throw new Error(`${status}: ${text}`);
    }
    await setFields(tenant, {size: 'number'});
  });
  await each(tenants, async tenant => {
    rows[tenant] = (await service.call('/customers', {tenant})).body.map(({name}: {name: string}) => name);
  });
  return rows;
}

async function each(names: readonly string[], work: (tenant: string) => Promise<void>): Promise<void> {
  for (const name of names) await work(name);
}

async function main(): Promise<void> {
  const service = await Service.start(load(await text(process.stdin)));
  const tenants = process.argv.slice(2);
  console.log(JSON.stringify(tenants.length > 0 ? await rowsOf(service, tenants) : await measure(service)));
  await service.stop();
  // a pool of the service stays open
  if (tenants.length > 0) process.exit();
}

void main();
