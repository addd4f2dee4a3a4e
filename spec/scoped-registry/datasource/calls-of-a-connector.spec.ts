import {expect} from 'chai';
import {TenantRegistries} from '../../../lib/index';
import {tenantDataSource, type AnyModel} from '../../support/service';

/** A model on a connector whose `all` is `all`. */
function modelWith(
  all: (model: string, filter: object, options: any, callback: (...results: unknown[]) => void) => void,
): AnyModel {
  const registries = new TenantRegistries();
  const initialize = (dataSource: any, ready: () => void) => {
    dataSource.connector = {name: 'own', all};
    ready();
  };
  return tenantDataSource(registries, 'acme', {connector: {name: 'own', initialize}}).createModel('Note', {text: String});
}

describe('A call of a connector', () => {
  it('is answered once: a second answer goes nowhere', async () => {
    let answers = 0;
    const Note = modelWith((_model, _filter, _options, callback) => {
      callback(null, [{text: 'a'}]);
      setImmediate(callback, null, [{text: 'b'}]);
    });
    Note.find({}, () => answers++);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(answers).to.equal(1);
  });

  it('gives its caller what the connector has written into the options, before the answer', async () => {
    const Note = modelWith((_model, _filter, options, callback) => {
      options.found = 1;
      options.log.push('all');
      callback(null, []);
      expect(options.log).to.deep.equal(['all']);
    });
    const options: any = {log: []};
    await Note.find({}, options);
    expect(options).to.deep.equal({log: ['all'], found: 1});
  });

  it('leaves frozen options, and options of a class, as they are', async () => {
    class Options {
      readonly #secret = 1;
      readonly list = [];
      get secret() {
        return this.#secret;
      }
    }
    const seen: unknown[] = [];
    const Note = modelWith((_model, _filter, options, callback) => {
      seen.push(options.secret ?? options.list.length);
      callback(null, []);
    });
    await Note.find({}, new Options());
    await Note.find({}, Object.freeze({list: []}));
    expect(seen).to.deep.equal([1, 0]);
  });
});
