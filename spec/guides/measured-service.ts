/** Run by itself, with the code of a service on its standard input: prints how many classes live after each part of its day. */
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
  const addCustomer = (tenant: string) => call('/customers', {tenant, body: CUSTOMER});
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

async function each(names: readonly string[], work: (tenant: string) => Promise<void>): Promise<void> {
  for (const name of names) await work(name);
}

async function main(): Promise<void> {
  const service = await Service.start(load(await text(process.stdin)));
  console.log(JSON.stringify(await measure(service)));
  await service.stop();
}

void main();
