import {TenantRegistries} from '../lib/index';
import type {Group} from './group';
import {inTurns} from './in-turns';

/** Measures `registries.for` for a tenant whose registry is held. */
export const registriesFor: Group = {
  rows: ['for-hit'],
  apart: false,
  repetitions: 3,
  async measure(_sides, short, progress) {
    const registries = new TenantRegistries();
    registries.for('acme');
    const hit = {run: () => registries.for('acme')};
    return {'for-hit': await inTurns({ours: hit}, {rounds: short ? 15 : 40, operations: 20_000}, progress)};
  },
};
