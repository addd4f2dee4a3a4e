import {queryObjects} from 'node:v8';
import {TenantContext} from '../../lib/index';
import {Cohort, MOST_IDLE_COHORTS} from '../../lib/lifecycle/context/cohort';

let strangers = 0;

/** The cohorts that are alive for whatever reason but that they stay for the next context of their tenant. */
export function liveCohorts(): number {
  // so many others stay now, and none from before
  for (let left = MOST_IDLE_COHORTS; left > 0; left--) TenantContext.run(`stranger-${strangers++}`, () => {});
  return queryObjects(Cohort, {format: 'count'}) - MOST_IDLE_COHORTS;
}
