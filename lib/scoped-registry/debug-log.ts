/** The debug log, written with the package `debug`. docs/debugging.md lists its namespaces and its lines. */
import createDebug from 'debug';
import {printed} from './errors';

/** Logs a line. `line` is called only if the namespace is enabled. */
type Log = (line: () => string) => void;

function logOf(namespace: string): Log {
  const debug = createDebug(namespace);
  return line => {
    if (!debug.enabled) return;
    try {
      // not as the format: `debug` would replace a % in a name or a message
      debug('%s', line());
    } catch {
      // `debug.log` may be user code, and its failure must not become a failure of the caller
    }
  };
}

/** Why juggler's own `define` makes a class. It is put into words only if it is logged. */
export interface DefineReason {
  readonly because: string;
  /** The property that the reason is about. The line then says: property … `because`. */
  readonly property?: string;
}

const logDefine = logOf('loopback-scoped-registry:define');

/** Logs an event of a datasource that no caller sees. */
export const logDataSource = logOf('loopback-scoped-registry:datasource');

/** Logs that juggler's own `define` has made a class. */
export function logJugglersDefine(tenant: string | undefined, model: string, {because, property}: DefineReason): void {
  logDefine(() => {
    const reason = property === undefined ? because : `property ${quoted(property)} ${because}`;
    return `${labelOf(tenant, 'model', model)}: juggler's define, because ${reason}`;
  });
}

/** Returns the beginning of a line: `tenant "acme", datasource "db"`, without what is unknown. */
export function labelOf(tenant: string | undefined, kind: string, name: unknown): string {
  const named = typeof name === 'string' ? `${kind} ${quoted(name)}` : kind;
  return tenant === undefined ? named : `tenant ${quoted(tenant)}, ${named}`;
}

const LONGEST_NAME = 256;
const LONGEST_MESSAGE = 1_000;
/** Credentials are searched for in more than is written: a URL that is cut before its @ would show its password. */
const LONGEST_READ = 4 * LONGEST_MESSAGE;

/** Returns a name on one line: tenant codes and property names may contain line breaks. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, LONGEST_NAME));
}

/**
 * Returns the message and the code of an error, on one line and without credentials. Other properties are not read: drivers keep
 * settings, statements and data in them. `error` may be any value, and reading its properties may throw.
 */
export function errorText(error: unknown): string {
  return printed(() => {
    if (typeof error === 'string') return messageText(error);
    const {message, code} = Object(error) as {message?: unknown; code?: unknown};
    const text = typeof message === 'string' ? messageText(message) : '';
    // the message is empty when Node could connect to none of several addresses of a host
    const mark = typeof code === 'string' || typeof code === 'number' ? messageText(String(code)) : '';
    if (text && mark) return `${text} (${mark})`;
    return text || mark || 'an error without a message';
  });
}

function messageText(message: string): string {
  return message
    .slice(0, LONGEST_READ)
    .replace(/\S+/g, withoutCredentials)
    .replace(SECRET, '$1***')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MESSAGE);
}

/** Hides the beginning of `mongodb://user:password@host`, also without the scheme: a driver may have parsed the URL wrongly. */
function withoutCredentials(word: string): string {
  const at = word.lastIndexOf('@');
  const colon = word.indexOf(':');
  return colon >= 0 && colon < at ? `***${word.slice(at)}` : word;
}

/** Matches `password=…`, `"token": "…"` and the like in connection strings, query strings and JSON. */
const SECRET =
  /((?:pass|pwd|secret|token|api[_-]?key|authorization|credential)\w*\\?["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;&]+)/gi;
