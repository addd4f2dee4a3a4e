import type {InputDocument} from './input-document';

/** Settings that work only inside the application that they come from, with its datasources and mixins. They are left out. */
const LEFT_OUT = ['relations', 'scopes', 'mixins'] as const;

/** Whether a JSON object has the form of LoopBack's model files, `common/models/*.json`. */
export function isModel({name, base, properties}: Record<string, unknown>): boolean {
  return typeof name === 'string' && (isObject(properties) || (properties === undefined && typeof base === 'string'));
}

/**
 * Reads a LoopBack model as LoopBack does: all keys except `name`, `properties` and `options` are settings too.
 * @param ignored gets the names of the settings that are left out
 */
export function toModel(json: Record<string, unknown>, origin: string, ignored: Set<string>): InputDocument {
  const {name, properties, options, ...beside} = json;
  const {base, super: parent, ...settings} = {...(isObject(options) ? options : {}), ...beside};
  for (const setting of LEFT_OUT) {
    const value = settings[setting];
    if (isObject(value) ? Object.keys(value).length > 0 : Array.isArray(value) && value.length > 0) ignored.add(setting);
    delete settings[setting];
  }
  const extended = base ?? parent;
  return {
    name: name as string,
    kind: 'model',
    origin,
    json: isObject(properties) ? properties : {},
    settings,
    ...(typeof extended === 'string' && extended !== '' && {base: extended}),
  };
}

/**
 * Orders models so that each comes after its base. A base is left out when it is not among the documents, as LoopBack's
 * built-in models are, and when it leads back to the model itself.
 */
export function inOrderOfBases(documents: readonly InputDocument[], ignored: Set<string>): InputDocument[] {
  const models = new Map(documents.filter(({kind}) => kind === 'model').map(document => [document.name, document]));
  const ordered = new Map<string, InputDocument>();
  const place = (document: InputDocument, open: ReadonlySet<string>) => {
    if (ordered.has(document.name)) return;
    const {base, ...rest} = document;
    const found = base !== undefined && !open.has(base) ? models.get(base) : undefined;
    if (base !== undefined && !found) ignored.add(`base ${base}`);
    if (found) place(found, new Set([...open, found.name]));
    ordered.set(document.name, found ? document : rest);
  };
  for (const document of documents) place(document, new Set([document.name]));
  return [...ordered.values()];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
