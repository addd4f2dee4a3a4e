import {nextJob} from './live-classes';

/** Each spec starts in a job of its own, so that it counts no classes that the one before has just let go of. */
export const mochaHooks = {
  async beforeEach() {
    await nextJob();
    await nextJob();
  },
};
