import {itRunsAsItsReadmeSays} from '../support/example-application';

describe('The compat example', () => {
  itRunsAsItsReadmeSays('compat', 10);
});
