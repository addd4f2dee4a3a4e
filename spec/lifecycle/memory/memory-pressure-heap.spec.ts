import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {expect} from 'chai';
import {collectGarbage} from '../../../lib/lifecycle/generations/garbage-collection';
import {majorCollections} from '../../../lib/lifecycle/memory/major-collections';
import {nextJob} from '../../support/live-classes';

const LIBRARY = path.join(__dirname, '../../../lib');

/** What a script in a process of its own, which must end by itself, prints. */
function run(script: string, flags: string[] = [], env: object = {}): string {
  const prelude = `
    const {oldGeneration} = require(${JSON.stringify(path.join(LIBRARY, 'lifecycle/memory/old-generation.js'))});
    const {MemoryPressure, TenantRegistries} = require(${JSON.stringify(path.join(LIBRARY, 'index.js'))});
    const limit = () => oldGeneration().limit / 2 ** 20;`;
  const options = {encoding: 'utf8', timeout: 120_000, env: {...process.env, NODE_OPTIONS: '', ...env}} as const;
  return execFileSync(process.execPath, [...flags, '-e', prelude + script], options).trim();
}

describe('The heap that MemoryPressure watches', () => {
  const PRINT = 'console.log(limit())';

  it('is the old generation: its limit is what --max-old-space-size says, as V8 goes by it', () => {
    expect(run(PRINT, ['--max-old-space-size=100'])).to.equal('100');
    expect(run(PRINT, ['--max_old_space_size=100'])).to.equal('100');
    expect(run(PRINT, [], {NODE_OPTIONS: '--no-warnings --max-old-space-size=100'})).to.equal('100');
    // the last one counts, and the command line comes last
    expect(
      run(PRINT, ['--max-old-space-size=90', '--max-old-space-size=80'], {NODE_OPTIONS: '--max-old-space-size=70'}),
    ).to.equal('80');
  });

  it('has V8’s own limit where nobody chose one, and never a higher one', () => {
    const both = 'console.log(limit() === require("v8").getHeapStatistics().heap_size_limit / 2 ** 20)';
    expect(run(both)).to.equal('true');
    expect(run(`process.env.NODE_OPTIONS = '--max-old-space-size=1000000'; ${both}`)).to.equal('true');
  });

  it('is a worker’s own in a worker, by its resourceLimits; the flag of the process goes before them', () => {
    const inWorker = `
      const {Worker} = require('worker_threads');
      const source = 'console.log(require(' + JSON.stringify(require.resolve(${JSON.stringify(path.join(LIBRARY, 'lifecycle/memory/old-generation.js'))})) + ').oldGeneration().limit / 2 ** 20)';
      new Worker(source, {eval: true, resourceLimits: {maxOldGenerationSizeMb: 50}});`;
    expect(run(inWorker)).to.equal('50');
    expect(run(inWorker, ['--max-old-space-size=100'])).to.equal('100');
  });

  it('is in use by what survives: young garbage does not count', () => {
    const script = `
      const reading = () => [oldGeneration().used, require('v8').getHeapStatistics().used_heap_size].map(bytes => bytes / 2 ** 20);
      reading();
      const before = reading();
      for (let i = 0; i < 1_000; i++) new Array(1_000).fill(i);
      const [old, all] = reading().map((now, index) => now - before[index]);
      console.log(old < 1, all > 6);`;
    expect(run(script, ['--max-semi-space-size=64', '--min-semi-space-size=64'])).to.equal('true true');
  });
});

describe('The collections that MemoryPressure listens for', () => {
  it('are major ones, each told with the moment when it began to mark', async () => {
    const told: number[] = [];
    const stop = majorCollections(began => told.push(began));
    const before = performance.now();
    collectGarbage();
    const after = performance.now();
    for (let turn = 0; turn < 100 && !told.some(began => began >= before); turn++) await nextJob();
    stop();
    expect(told.filter(began => began >= before && began <= after)).to.have.lengthOf(1);
  });

  it('that V8 has prepared by marking bit by bit have begun with that', () => {
    const script = `
      const {constants, PerformanceObserver} = require('perf_hooks');
      const {majorCollections} = require(${JSON.stringify(path.join(LIBRARY, 'lifecycle/memory/major-collections.js'))});
      const starts = [];
      const told = [];
      const all = new PerformanceObserver(list => {
        for (const {startTime, detail} of list.getEntries())
          if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) starts.push(startTime);
      });
      all.observe({entryTypes: ['gc']});
      majorCollections(began => told.push(began));
      (async () => {
        let kept = [];
        while (told.length < 10) {
          for (let i = 0; i < 100; i++) kept.push(new Array(100).fill(i));
          if (kept.length > 20_000) kept = [];
          await new Promise(setImmediate);
        }
        const prepared = told.filter(began => !starts.includes(began));
        console.log(prepared.length > 0, new Set(told).size === told.length);
      })();`;
    expect(run(script, ['--max-old-space-size=128'])).to.equal('true true');
  });

  it('are not minor ones', () => {
    const script = `
      const {majorCollections} = require(${JSON.stringify(path.join(LIBRARY, 'lifecycle/memory/major-collections.js'))});
      let told = 0;
      majorCollections(() => told++);
      (async () => {
        const settle = async () => {
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        };
        // ends the collection that may be under way
        gc();
        await settle();
        told = 0;
        for (let i = 0; i < 10; i++) gc({type: 'minor'});
        await settle();
        const minor = told;
        gc();
        await settle();
        console.log(minor, told);
      })();`;
    expect(run(script, ['--expose-gc'])).to.equal('0 1');
  });

  it('are told no more after the end', async () => {
    let told = 0;
    const stop = majorCollections(() => told++);
    collectGarbage();
    stop();
    collectGarbage();
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect(told).to.equal(0);
  });

  it('do not hold the process open', () => {
    expect(run('new MemoryPressure(new TenantRegistries()); console.log(process.getActiveResourcesInfo().length)')).to.match(
      /^\d$/,
    );
  });
});
