import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';

const entry = JSON.stringify(path.resolve(__dirname, '../../dist/index.js'));
const run = (script: string) =>
  execFileSync(process.execPath, ['-e', script], {encoding: 'utf8', timeout: 20_000, cwd: path.resolve(__dirname, '../..')});

describe('A quiet guest', () => {
  it('importing prints nothing, starts nothing, changes nothing and ends by itself', () => {
    const output = run(`
      const juggler = require('loopback-datasource-juggler');
      const look = () => [juggler.ModelBuilder, juggler.DataSource].flatMap(C => [C, C.prototype].map(o => Object.getOwnPropertyDescriptors(o)));
      const [before, globals] = [look(), Object.keys(globalThis).length];
      const resources = process.getActiveResourcesInfo().length;
      require(${entry});
      const assert = require('assert');
      assert.deepStrictEqual(look(), before);
      assert.equal(Object.keys(globalThis).length, globals);
      assert.equal(process.getActiveResourcesInfo().length, resources);
      assert(!process.moduleLoadList.includes('NativeModule domain'));
    `);
    expect(output).to.equal('');
  });

  it('no timer of its holds the process open, whatever was made, used and ended', () => {
    const output = run(`
      const {DataSource, TenantContext, TenantRegistries} = require(${entry});
      const registries = new TenantRegistries({idleTtl: 60_000});
      registries.onOffboard(() => new Promise(() => {}));
      const ds = new DataSource({connector: 'memory', modelRegistry: {registries}});
      TenantContext.run('a', () => ds.createModel('M', {x: {y: String}}).create({}).catch(() => {}));
      TenantContext.run('b', () => ds.createModel('M', {x: {y: String}}));
      registries.offboard('a');
      process.on('exit', () => console.log(performance.now() < 10_000 ? 'ended by itself' : 'was held'));
    `);
    expect(output.trim()).to.equal('ended by itself');
  });
});
