/**
 * Prints the steps that it takes to enter and to leave the context of a tenant that was at work lately, without those of the
 * AsyncLocalStorage, which as of Node 24 is made of maps.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {TenantContext} from '../../lib/index';
import {steps} from './steps';

const storage = new AsyncLocalStorage<object | undefined>();
const store = {};

/** What a context asks of the storage. */
function bare(work: () => void): void {
  const around = storage.getStore();
  storage.enterWith(store);
  work();
  storage.enterWith(around);
}

const empty = () => {};
const run = (work: () => void) => TenantContext.run('acme', work);
const nested = (around: (work: () => void) => void) => () => around(() => around(empty));
run(empty);
bare(empty);
TenantContext.run('globex', empty);
console.log(
  JSON.stringify({
    run: steps(() => run(empty)) - steps(() => bare(empty)),
    again: steps(() => run(empty)) - steps(() => bare(empty)),
    nested: steps(nested(run)) - steps(nested(bare)),
  }),
);
