import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The example for Express', () => {
  itRunsAsItsReadmeSays('express', 8);
});
