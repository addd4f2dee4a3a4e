import {beginCensus} from './class-census';
import {beginKeepingOfSpec, endKeepingOfFile, endKeepingOfSpec} from './kept';
import {beginCounting, nextJob} from './live-classes';

export const mochaHooks = {
  /** Classes that live on from the file before, because a timer of juggler's holds them, are none of this file's. */
  beforeAll() {
    beginCensus();
    beginCounting();
  },

  /** Each spec starts in a job of its own, so that it counts no classes that the one before has just let go of. */
  async beforeEach() {
    await nextJob();
    await nextJob();
    beginKeepingOfSpec();
  },

  afterEach() {
    endKeepingOfSpec();
  },

  afterAll() {
    endKeepingOfFile();
  },
};
