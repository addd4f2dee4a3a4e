import {readdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';

/** One model of the simulated tenants. */
export interface InputDocument {
  readonly name: string;
  /** `instance`: a JSON document that juggler derives a model from; `model`: a LoopBack model JSON file. */
  readonly kind: 'instance' | 'model';
  readonly json: Record<string, unknown>;
}

/** The input cannot be used; the message says what to give instead. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const PAYLOADS = '@octokit/webhooks-examples';

/**
 * Reads what the tenants' models are made from.
 * @param input a JSON file, or a folder of them, each a document, a LoopBack model or an array of these; left out: the
 * GitHub webhook payloads of `@octokit/webhooks-examples`, where that package is installed
 * @throws InputError
 */
export async function readDocuments(input: string | undefined): Promise<InputDocument[]> {
  if (input === undefined) return payloads();
  const files = await jsonFiles(input);
  const documents = (await Promise.all(files.map(readFileDocuments))).flat();
  if (documents.length === 0) throw new InputError(`${input} holds no JSON object. Give a .json file, or a folder with some.`);
  return unique(documents);
}

function payloads(): InputDocument[] {
  let events: {name: string; examples: Record<string, unknown>[]}[];
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- there only in this package's own checkout
    events = require(PAYLOADS) as typeof events;
  } catch (error) {
    throw new InputError(
      `Give --input FILE.json or --input DIR: your own JSON documents or LoopBack model JSON files. ` +
        `(The default input is the npm package ${PAYLOADS}, which is not installed here.)`,
      {cause: error},
    );
  }
  return unique(events.flatMap(({name, examples}) => examples.map(json => ({name, kind: 'instance' as const, json}))));
}

async function jsonFiles(input: string): Promise<string[]> {
  const found = await stat(input).catch((error: unknown) => {
    throw new InputError(`Cannot read ${input}: ${(error as Error).message}`, {cause: error});
  });
  if (!found.isDirectory()) return [input];
  const names = await readdir(input, {recursive: true});
  return names
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => path.join(input, name));
}

async function readFileDocuments(file: string): Promise<InputDocument[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputError(`${file} is not JSON: ${(error as Error).message}`, {cause: error});
  }
  const name = path.basename(file, '.json');
  return (Array.isArray(json) ? (json as unknown[]) : [json]).filter(isObject).map(object => toDocument(name, object));
}

function toDocument(file: string, json: Record<string, unknown>): InputDocument {
  const {name, properties} = json;
  return typeof name === 'string' && isObject(properties) ? {name, kind: 'model', json} : {name: file, kind: 'instance', json};
}

/** Documents that juggler can take, with names of models, each its own: what is no letter, digit or underscore is left out, doubles are numbered. */
function unique(documents: readonly InputDocument[]): InputDocument[] {
  const taken = new Map<string, number>();
  return documents.map(document => {
    const base = document.name.replace(/\W+/g, '_') || 'Document';
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    const json = document.kind === 'instance' ? (withoutDots(document.json) as InputDocument['json']) : document.json;
    return {...document, json, name: count === 1 ? base : `${base}_${count}`};
  });
}

/** juggler refuses property names with dots, which real documents have. */
function withoutDots(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDots);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name.replaceAll('.', '_'), withoutDots(item)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
