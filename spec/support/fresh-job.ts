import {readFileSync} from 'node:fs';
import {liveClasses, nextJob} from './live-classes';

/** What juggler keeps of a transaction that never connected, it keeps for so long. */
const LONGEST_TIMER = 5_000;

export const mochaHooks = {
  /**
   * A file that counts live classes starts without any of the one before: a timer of juggler's may hold some. To count them takes
   * longer than most files do.
   */
  async beforeAll(this: Mocha.Context) {
    const files = this.test!.parent!.suites.map(({file}) => file!);
    if (!files.some(file => readFileSync(file, 'utf8').match(/liveClasses|support\/traffic/))) return;
    this.timeout(4 * LONGEST_TIMER);
    const end = Date.now() + 1.5 * LONGEST_TIMER;
    while (liveClasses() > 0 && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 100));
  },

  /** Each spec starts in a job of its own, so that it counts no classes that the one before has just let go of. */
  async beforeEach() {
    await nextJob();
    await nextJob();
  },
};
