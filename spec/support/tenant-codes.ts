import fc from 'fast-check';

/** The codes that /compat reserves unless it is told otherwise. */
export const RESERVED = ['trap', 'service', 'global'];

/** Codes that resemble reserved ones, names that every object has, and the prefixes with which forks told owners apart. */
export const codesLikeReservedOnes = [
  ...['Global', 'GLOBAL', ' global', 'global ', 'global\0', 'globals', 'Trap', 'trap ', 'Service', 'services', '*', 'shared'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', 'null', 'false', '0', 'NaN', ' ', '\n'],
  ...['ds_', 'ds_global', 'app_', 'app_trap', 'ds_acme', 'true|', 'false|', 'tenant', 'user', 'staff'],
];

/** Tenant codes of all kinds, those that a service with /compat must refuse among them. */
export const tenantCodes = fc.oneof(
  fc.constantFrom(...RESERVED, ...codesLikeReservedOnes, ''),
  fc.string({unit: 'grapheme', maxLength: 20}),
  fc.string({minLength: 250, maxLength: 260}),
  fc
    .constantFrom(...RESERVED)
    .chain(code => fc.tuple(fc.string({maxLength: 2}), fc.string({maxLength: 2})).map(([a, b]) => a + code + b)),
);
