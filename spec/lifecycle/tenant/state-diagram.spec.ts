import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {transition, type TenantState, type TenantVerb} from '../../../lib/lifecycle/tenant/tenant-state';

const STATES: readonly TenantState[] = ['unbuilt', 'active', 'leaving', 'suspended', 'offboarding', 'offboarded'];
const VERBS: readonly TenantVerb[] = ['use', 'evict', 'reload', 'left', 'suspend', 'resume', 'offboard', 'ended', 'reinstate'];

describe('The state diagram of docs/lifecycle.md', () => {
  const docs = readFileSync(path.resolve(__dirname, '../../../../docs/lifecycle.md'), 'utf8');
  const arrows = [...docs.matchAll(/^ +(\w+) --> (\w+): (.+)$/gm)].map(([, from, to, label]) => {
    return {from, to, verbs: label.split('<br>')[0].split(', ')};
  });

  it('has an arrow for each verb that changes a state', () => {
    for (const from of STATES) {
      for (const verb of VERBS) {
        const to = transition(from, verb);
        if (to === undefined || to === from) continue;
        const drawn = arrows.filter(arrow => arrow.from === from && arrow.to === to && arrow.verbs.includes(verb));
        expect(drawn, `${from} --> ${to}: ${verb}`).to.have.lengthOf(1);
      }
    }
  });

  it('has no arrow for anything else', () => {
    for (const {from, to, verbs} of arrows) {
      for (const verb of verbs as TenantVerb[]) {
        let state = transition(from as TenantState, verb);
        // without work in flight, what is let go has left at once
        if (state !== to && state === 'leaving') state = transition(state, 'left');
        expect(state, `${from} --> ${to}: ${verb}`).to.equal(to);
      }
    }
  });

  it('is followed by a table of all states', () => {
    for (const state of STATES) expect(docs).to.contain(`| \`${state}\` |`);
  });
});
