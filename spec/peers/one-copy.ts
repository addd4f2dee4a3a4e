import path from 'node:path';

const PROJECT = path.resolve(__dirname, '../../..');

/** Fails a run whose specs have met two copies of LoopBack or of juggler: one of the checkout, or a second one that npm has installed. */
export const mochaHooks = {
  afterAll() {
    const folders = Object.keys(require.cache).flatMap(
      file => /^.*\/node_modules\/(?:@loopback\/[^/]+|loopback-datasource-juggler)\//.exec(file) ?? [],
    );
    for (const folder of new Set(folders))
      if (folder !== `${PROJECT}/node_modules/${folder.split('/node_modules/').at(-1)}`) throw new Error(`Loaded from ${folder}`);
  },
};
