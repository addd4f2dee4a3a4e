import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The compat example', function () {
  this.timeout(30_000);
  itRunsAsItsReadmeSays('compat', 6);
});
