import {expect} from 'chai';
import {forJuggler, ModelRegistry, type Juggler} from '../../../lib/index';
import type {AnyModel} from '../../support/service';

const MAJORS = ['juggler-3', 'juggler-4', 'juggler-5', 'juggler-6', 'loopback-datasource-juggler'];
const OPERATORS = ['regexp', 'like', 'nlike', 'ilike', 'nilike'];
const TEXTS = ['[x', '[X', 'x', '/[x/', '(a', 'a', ''];
/** Some that are no regular expressions, and one that is. */
const PATTERNS = ['[x', '/[x/', '(a', '*', 'x'];

const PLACES: Record<string, (clause: object) => object> = {
  'at the top': clause => clause,
  'in and': clause => ({and: [{n: 1}, clause]}),
  'in or': clause => ({or: [clause, {n: 2}]}),
  'in and within or': clause => ({or: [{n: 2}, {and: [{n: 1}, clause]}]}),
};

async function filled({DataSource}: AnyModel, settings: object = {}): Promise<AnyModel> {
  const Note = new DataSource({connector: 'memory', ...settings}).createModel('Note', {name: String, n: Number});
  for (const name of TEXTS) await Note.create({name, n: 1});
  return Note;
}

interface Outcome {
  readonly found?: unknown;
  readonly message?: string;
  readonly statusCode?: number;
  readonly warnings: unknown[][];
}

/** What a query comes to: texts, a number or an error, and the warnings on the way. */
async function outcome(query: () => Promise<unknown>): Promise<Outcome> {
  const warnings: unknown[][] = [];
  const {warn} = console;
  console.warn = (...args) => void warnings.push(args);
  try {
    const found = await query();
    return {found: Array.isArray(found) ? found.map(({name}: {name: string}) => name) : found, warnings};
  } catch (error) {
    const {message, statusCode} = error as Error & {statusCode?: number};
    return {message, statusCode, warnings};
  } finally {
    console.warn = warn;
  }
}

for (const major of MAJORS) {
  describe(`A query by an invalid regular expression, with ${major},`, () => {
    let ours: AnyModel;
    let stock: AnyModel;
    before(async () => {
      const copy = require(major) as Juggler;
      stock = await filled(copy);
      ours = await filled(forJuggler(copy), {modelRegistry: {registry: new ModelRegistry()}});
    });

    for (const operator of OPERATORS) {
      it(`has the same result as in stock juggler: ${operator}`, async () => {
        for (const [place, within] of Object.entries(PLACES)) {
          for (const pattern of PATTERNS) {
            const where = () => within({name: {[operator]: pattern}});
            for (const query of [(Model: AnyModel) => Model.find({where: where()}), (Model: AnyModel) => Model.count(where())]) {
              const [mine, theirs] = [await outcome(() => query(ours)), await outcome(() => query(stock))];
              expect(mine, `${pattern} ${place}`).to.deep.equal(theirs);
            }
          }
        }
      });
    }

    it('finds the text itself if juggler escapes it, and is an error between slashes', async () => {
      const by = (regexp: string) => outcome(() => ours.find({where: {name: {regexp}}}));
      const plain = await by('[x');
      expect(plain).to.have.property('found').that.deep.equals(['[x', '/[x/']);
      expect(plain.warnings.map(String).join()).to.match(/^Auto-escaping invalid RegExp value/);
      expect(await by('/[x/'))
        .to.have.property('message')
        .that.contains('Invalid regular expression');
    });
  });
}
