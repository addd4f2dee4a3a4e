/** The package subpath `loopback-scoped-registry/compat/types`: the symbols of the values of a compat context. */
export {
  ACCESS_TOKEN,
  CARD_PROFILE,
  IDEMPOTENCY_KEY,
  INSTALLATION,
  LANGUAGE,
  LOCATION,
  ORIGIN,
  TENANT,
  TIMEZONE,
  USER,
} from './context-keys';
