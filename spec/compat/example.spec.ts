import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The example of a service with other imports', function () {
  this.timeout(30_000);
  itRunsAsItsReadmeSays('compat', 6);
});
