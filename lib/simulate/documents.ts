import {readdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {DEFAULT_MAX_DEPTH} from '../scoped-registry/registry/model-registry';
import type {InputDocument} from './input-document';
import {inOrderOfBases, isModel, isObject, toModel} from './loopback-model';

/** The input cannot be used; the message says what to give instead. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const PAYLOADS = '@octokit/webhooks-examples';

/**
 * Reads the documents from which the models of each tenant are made.
 * @param input a JSON file or a folder of JSON files. Each file has a document, a LoopBack model or an array of these.
 * Default: the GitHub webhook payloads of the npm package `@octokit/webhooks-examples`, if it is installed
 * @param ignored gets the names of the settings that the simulation leaves out
 * @throws InputError
 */
export async function readDocuments(input: string | undefined, ignored = new Set<string>()): Promise<InputDocument[]> {
  if (input === undefined) return unique(payloads());
  const found: InputDocument[] = [];
  // One file at a time: a folder may have more files than a process may have open.
  for (const file of await jsonFiles(input)) {
    for (const json of await readObjects(file)) found.push(toDocument(file, json, ignored));
  }
  if (found.length === 0) throw new InputError(`${input} holds no JSON object. Give a .json file, or a folder with some.`);
  return inOrderOfBases(unique(found), ignored);
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
  return events.flatMap(({name, examples}) => examples.map(json => instance(name, PAYLOADS, json)));
}

async function jsonFiles(input: string): Promise<string[]> {
  try {
    if (!(await stat(input)).isDirectory()) return [input];
    const entries = await readdir(input, {recursive: true, withFileTypes: true});
    return entries
      .filter(entry => !entry.isDirectory() && entry.name.endsWith('.json'))
      .map(entry => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw cannotRead(input, error);
  }
}

async function readObjects(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw cannotRead(file, error);
  });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`${file} is not JSON: ${(error as Error).message}`, {cause: error});
  }
  const objects = (Array.isArray(json) ? (json as unknown[]) : [json]).filter(isObject);
  for (const object of objects) assertDepth(file, object);
  return objects;
}

/** Level by level and not by recursion, for which JSON may be too deep. */
function assertDepth(file: string, object: object): void {
  let level: object[] = [object];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEFAULT_MAX_DEPTH) {
      throw new InputError(
        `${file} has more than ${DEFAULT_MAX_DEPTH} levels of objects and arrays within each other, of which no model is made. ` +
          'Leave the document out, or flatten it.',
      );
    }
    level = level.flatMap(part => Object.values(part).filter(value => typeof value === 'object' && value !== null) as object[]);
  }
}

function cannotRead(file: string, error: unknown): InputError {
  const {code, message} = error as NodeJS.ErrnoException;
  return new InputError(`Cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file or folder.' : message}`, {
    cause: error,
  });
}

function toDocument(file: string, json: Record<string, unknown>, ignored: Set<string>): InputDocument {
  return isModel(json) ? toModel(json, file, ignored) : instance(path.basename(file, '.json'), file, json);
}

function instance(name: string, origin: string, json: Record<string, unknown>): InputDocument {
  return {name, kind: 'instance', origin, json: withoutDots(json) as InputDocument['json']};
}

/** Gives each document a unique name that juggler accepts: other characters become `_`, and equal names get numbers. */
function unique(documents: readonly InputDocument[]): InputDocument[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return documents.map(document => {
    const plain = modelName(document.name);
    let name = plain;
    for (let count = counts.get(plain) ?? 1; taken.has(name); count++) {
      name = `${plain}_${count + 1}`;
      counts.set(plain, count);
    }
    taken.add(name);
    return {...document, name, ...(document.base !== undefined && {base: modelName(document.base)})};
  });
}

function modelName(text: string): string {
  return text.replace(/\W+/g, '_') || 'Document';
}

/** Replaces the dots in property names with `_`. Real documents have such names, and juggler refuses them. */
function withoutDots(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDots);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name.replaceAll('.', '_'), withoutDots(item)]));
}
