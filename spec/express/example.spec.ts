import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The example for Express', function () {
  this.timeout(30_000);
  itRunsAsItsReadmeSays('express', 8);
});
