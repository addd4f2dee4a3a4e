import {expect} from 'chai';
import {freshLoopBack} from './support/loopback-app';
import {keepingConnector} from './support/keeping-connector';
import {nextJob} from './support/live-classes';
import {survivorsOf} from './support/weak-count';

const {DataSource} = require('loopback-datasource-juggler');

/** All files of a process share its heap, and each count of what is alive goes through all of it. */
describe('What a spec makes does not outlive it, so that the next one’s collections of garbage stay cheap:', () => {
  const given = new WeakSet();
  const ofAll = new WeakSet();

  /** Has a connector answer a query whose filter is noted. */
  function ask(dataSource: any, notes: WeakSet<object>): Promise<unknown> {
    const filter = {where: {text: 'x'}};
    notes.add(filter);
    return new Promise(resolve => dataSource.connector.all('Note', filter, {}, resolve));
  }
  function open(): any {
    const dataSource = new DataSource({connector: keepingConnector()});
    dataSource.createModel('Note', {text: String});
    return dataSource;
  }

  describe('a connector that lets go of nothing', () => {
    before(() => ask(open(), ofAll));

    it('keeps what it was given while the spec runs that made it, though no code holds the connector', async () => {
      await ask(open(), given);
      await nextJob();
      expect([survivorsOf(given, 1), survivorsOf(ofAll, 1)]).to.deep.equal([1, 1]);
    });

    it('and no longer; one that was made before all specs keeps it while the file runs', () => {
      expect([survivorsOf(given), survivorsOf(ofAll, 1)]).to.deep.equal([0, 1]);
    });
  });

  it('a fresh copy of LoopBack goes when the next one comes', async () => {
    const copies = new WeakSet();
    // packages outside LoopBack note which module has loaded them: they keep the first copy
    freshLoopBack();
    const fresh = () => void copies.add(freshLoopBack());
    for (let copy = 0; copy < 2; copy++) {
      fresh();
      await nextJob();
    }
    expect(survivorsOf(copies, 1)).to.equal(1);
  });
});
