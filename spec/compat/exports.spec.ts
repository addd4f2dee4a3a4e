import {expect} from 'chai';
import * as compat from '../../lib/compat';
import * as types from '../../lib/compat/types';

const SYMBOLS = [
  ...['TENANT', 'USER', 'ACCESS_TOKEN', 'TIMEZONE', 'ORIGIN', 'LANGUAGE', 'IDEMPOTENCY_KEY', 'INSTALLATION'],
  ...['CARD_PROFILE', 'LOCATION'],
];

describe('What services import from /compat', () => {
  it('is exactly what the guides name', () => {
    expect(Object.keys(compat)).to.have.members([
      ...SYMBOLS,
      ...['Context', 'default', 'ContextApi', 'TenantIsolationError', 'ModelRegistry', 'ModelRegistryApi', 'ModelRegistryProxy'],
      ...['registryManager', 'getCurrentTenant', 'arePropertiesEquivalent', 'findEquivalentAnonymousModel'],
      ...['DataSource', 'ModelBuilder'],
    ]);
    expect(Object.keys(types)).to.have.members(SYMBOLS);
  });

  it('has all members of the fork’s ModelRegistry except two', () => {
    const members = [
      ...['registerModel', 'registerModelForApp', 'findModelByStructure', 'findModelByName', 'cleanupTenant'],
      ...['cleanupInactiveTenants', 'getStats', 'getTenantRegistryInfo', 'getAllModels', 'clear', 'getModelsForOwner'],
      ...['getModelNamesForOwner', 'hasModelForOwner', 'getModelForOwner', 'getModelsForOwnerWithType'],
      ...['getModelNamesForOwnerWithType', 'hasModelForOwnerWithType', 'getModelForOwnerWithType', '_detectOwnerType'],
      ...['generateFingerprint', 'normalizeProperties', 'createHash', 'determineStructureType', 'calculateStructureDepth'],
      'getCurrentModelBuilder',
    ] as const;
    for (const member of members) expect(compat.ModelRegistry[member], member).to.be.a('function');
    for (const member of ['isEmbeddedModelStructure', 'areArraysEqual'])
      expect(compat.ModelRegistry).not.to.have.property(member);
  });
});
