import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';

const LIBRARY = path.resolve(__dirname, '../../../lib/index.js');

describe('The timer that looks for idle datasources', () => {
  it('does not hold the process open while datasources are open', async () => {
    const script = `
      const {TenantDataSources, TenantRegistries} = require(${JSON.stringify(LIBRARY)});
      const registries = new TenantRegistries();
      const sources = new TenantDataSources({registries, idleTtl: 3_600_000, create: () => ({connector: 'memory'})});
      sources.ensure('acme').then(() => console.log('open', sources.stats().open));
    `;
    const {stdout} = await promisify(execFile)(process.execPath, ['-e', script], {timeout: 10_000});
    expect(stdout).to.equal('open 1\n');
  });
});
