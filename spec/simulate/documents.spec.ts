import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {InputError, readDocuments} from '../../lib/simulate/documents';

describe('The input of a simulation', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'documents-'))));
  afterEach(() => rm(folder, {recursive: true}));

  async function read(
    files: Record<string, unknown>,
    input = '',
  ): Promise<{documents: Awaited<ReturnType<typeof readDocuments>>; ignored: string[]}> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), {recursive: true});
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    }
    const ignored = new Set<string>();
    return {documents: await readDocuments(path.join(folder, input), ignored), ignored: [...ignored]};
  }

  const names = (documents: readonly {name: string}[]) => documents.map(({name}) => name);

  it('is by default the 329 GitHub webhook payloads, each with its own name', async () => {
    const documents = await readDocuments(undefined);
    expect(documents).to.have.lengthOf(329);
    expect(new Set(names(documents)).size).to.equal(329);
    expect(documents.every(({kind}) => kind === 'instance')).to.equal(true);
  });

  it('is a file, or all JSON files of a folder and its subfolders, in the order of their names', async () => {
    const files = {
      'b.json': {b: 1},
      'a.json': {a: 1},
      'deep/er/c.json': {c: 1},
      'notes.txt': 'no JSON',
      'folder.json/d.json': {d: 1},
    };
    expect(names((await read(files)).documents)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(names((await read(files, 'b.json')).documents)).to.deep.equal(['b']);
  });

  it('may have 100 levels of objects and arrays, and not one more', async () => {
    const nested = (levels: number) => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
    const {documents} = await read({'deep.json': `[${nested(100)}]`});
    expect(documents).to.have.lengthOf(1);
    for (const text of [nested(101), `[${nested(100)},${nested(101)}]`, `{"a":${'['.repeat(100)}${']'.repeat(100)}}`]) {
      const error: unknown = await read({'deep.json': text}).catch((failure: unknown) => failure);
      expect(error)
        .to.be.instanceOf(InputError)
        .with.property('message')
        .that.matches(/deep\.json has more than 100 levels/);
    }
  });

  it('may be arrays of documents; values that are no objects are left out', async () => {
    const {documents} = await read({'order.json': [{a: 1}, {b: 1}, null, 3, 'text', [{c: 1}]]});
    expect(documents.map(({json}) => json)).to.deep.equal([{a: 1}, {b: 1}]);
  });

  it('may begin with a byte order mark', async () => {
    expect((await read({'a.json': '\uFEFF{"a": 1}'})).documents[0].json).to.deep.equal({a: 1});
  });

  it('gives each model a unique name that juggler accepts, whatever the names of the files', async () => {
    const {documents} = await read({
      'a b.json': {a: 1},
      'a-b.json': {a: 1},
      'a_b_2.json': {a: 1},
      'x/a_b.json': {a: 1},
      '租户.json': {a: 1},
      '.json': {a: 1},
    });
    expect(documents).to.have.lengthOf(6);
    expect(new Set(names(documents)).size).to.equal(6);
    for (const {name} of documents) expect(name).to.match(/^\w+$/);
  });

  it('gets underscores for the dots in property names, which juggler refuses', async () => {
    const {documents} = await read({'a.json': {'a.b': {'c.d.e': [{'f.': 1}]}}});
    expect(documents[0].json).to.deep.equal({a_b: {c_d_e: [{f_: 1}]}});
  });

  it('says where each document came from', async () => {
    expect((await read({'a.json': {a: 1}})).documents[0].origin).to.equal(path.join(folder, 'a.json'));
  });

  describe('of LoopBack models', () => {
    it('takes the name and the properties, and as settings both `options` and all other keys, as LoopBack does', async () => {
      const model = {
        name: 'Customer',
        plural: 'customers',
        strict: true,
        options: {strict: false, idInjection: false},
        properties: {name: 'string'},
      };
      const {documents, ignored} = await read({'customer.json': model});
      expect(documents).to.have.lengthOf(1);
      expect(documents[0]).to.deep.include({
        name: 'Customer',
        kind: 'model',
        json: {name: 'string'},
        settings: {plural: 'customers', strict: true, idInjection: false},
      });
      expect(ignored).to.deep.equal([]);
    });

    it('leaves out the settings that only the application can resolve, and reports them', async () => {
      const {documents, ignored} = await read({
        'customer.json': {
          name: 'Customer',
          base: 'PersistedModel',
          properties: {name: 'string'},
          relations: {orders: {type: 'hasMany', model: 'Order'}},
          mixins: {TimeStamp: true},
          scopes: {active: {where: {active: true}}},
        },
      });
      expect(documents[0]).not.to.have.property('base');
      expect(documents[0].settings).to.deep.equal({});
      expect(ignored).to.have.members(['base PersistedModel', 'relations', 'mixins', 'scopes']);
    });

    it('does not report a setting that is empty', async () => {
      expect((await read({'a.json': {name: 'A', properties: {}, relations: {}, mixins: {}, scopes: []}})).ignored).to.deep.equal(
        [],
      );
    });

    it('puts the base of a model before it, over several steps, when the base is in the input', async () => {
      const {documents, ignored} = await read({
        'a.json': {name: 'A', base: 'B', properties: {}},
        'b.json': {name: 'B', options: {base: 'C'}, properties: {}},
        'b2.json': {name: 'B2', base: 'C'},
        'c.json': {name: 'C', base: 'Model', properties: {}},
      });
      expect(names(documents)).to.deep.equal(['C', 'B', 'A', 'B2']);
      expect(documents.map(({base}) => base)).to.deep.equal([undefined, 'C', 'B', 'C']);
      expect(ignored).to.deep.equal(['base Model']);
    });

    it('leaves out a base that leads back to the model', async () => {
      const {documents, ignored} = await read({
        'a.json': {name: 'A', base: 'B'},
        'b.json': {name: 'B', base: 'A'},
        'c.json': {name: 'C', base: 'C'},
      });
      expect(documents.map(({name, base}) => [name, base])).to.deep.equal([
        ['B', undefined],
        ['A', 'B'],
        ['C', undefined],
      ]);
      expect(ignored).to.have.members(['base A', 'base C']);
    });

    it('takes neither a document for a base nor a document with a name for a model', async () => {
      const {documents, ignored} = await read({
        'event.json': {name: 'push', payload: {}},
        'other.json': {properties: {a: 1}},
        'a.json': {name: 'A', base: 'event', properties: {}},
      });
      expect(documents.map(({kind}) => kind)).to.deep.equal(['model', 'instance', 'instance']);
      expect(ignored).to.deep.equal(['base event']);
    });
  });

  describe('that cannot be used is an InputError that says what is wrong', () => {
    async function failure(files: Record<string, unknown>, input = ''): Promise<Error> {
      const error = await read(files, input).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).to.be.instanceOf(InputError);
      return error as Error;
    }

    it('missing', async () => expect((await failure({}, 'nowhere')).message).to.match(/nowhere.*no such file or folder/));
    it('no JSON', async () =>
      expect((await failure({'ok.json': {a: 1}, 'bad.json': '{"a": '})).message).to.match(/bad\.json is not JSON: /));
    it('an empty file', async () => expect((await failure({'bad.json': ''})).message).to.match(/bad\.json is not JSON: /));
    it('an empty folder', async () => expect((await failure({})).message).to.match(/holds no JSON object.*Give/));
    it('a folder without JSON objects', async () =>
      expect((await failure({'a.json': [1, 2], 'b.txt': '{}'})).message).to.match(/holds no JSON object/));
  });
});
