import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The example of a service with other imports', () => {
  itRunsAsItsReadmeSays('compat', 6);
});
