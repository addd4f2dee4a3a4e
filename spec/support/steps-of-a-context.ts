/** Prints the steps that it takes to enter and to leave the context of a tenant that was at work lately. */
import {TenantContext} from '../../lib/index';
import {steps} from './steps';

const run = () => TenantContext.run('acme', () => {});
const nested = () => TenantContext.run('acme', run);
run();
console.log(JSON.stringify({run: steps(run), nested: steps(nested)}));
