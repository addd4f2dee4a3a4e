import {readFileSync} from 'node:fs';
import {expect} from 'chai';

/**
 * Specs of an example's README: each `curl` in it, in turn, with the status and the body that the comment below says.
 * @param url where the example listens
 */
export function itAnswersAsItsReadmeSays(readme: string, count: number, url: () => string): void {
  const calls = [...readFileSync(readme, 'utf8').matchAll(/^curl (.*)\n# (\d+) (.*)$/gm)];

  it('is asked as its README says', () => expect(calls).to.have.lengthOf(count));

  for (const [, args, status, body] of calls) {
    it(`answers curl ${args}`, async () => {
      const headers = Object.fromEntries([...args.matchAll(/-H '(.*?): (.*?)'/g)].map(([, name, value]) => [name, value]));
      const data = /-d '(.*?)'/.exec(args)?.[1];
      const method = /-X (\w+)/.exec(args)?.[1] ?? (data ? 'POST' : 'GET');
      const answer = await fetch(url() + / localhost:3000(\S+)$/.exec(` ${args}`)![1], {method, headers, body: data});
      expect([answer.status, await answer.text()]).to.deep.equal([Number(status), body]);
    });
  }
}
