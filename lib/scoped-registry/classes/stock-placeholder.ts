import {EventEmitter} from 'node:events';
import {jugglersConstructorName, makePlaceholderConstructor} from './class-constructor';
import {MAX_LISTENERS} from './static-layer';
import {defineOwn} from '../primitives/own-property';
import type {ModelClass} from '../juggler/types';

/**
 * Makes a placeholder as juggler's `define` makes it, for juggler to fill in. Its constructor can be given another base, where juggler's is
 * a closure over its base.
 * @returns undefined if juggler makes a constructor of that name that throws at each use
 */
export function stockPlaceholder(name: string, base: ModelClass): ModelClass | undefined {
  const constructor = jugglersConstructorName(name);
  if (!constructor) return undefined;
  const model = makePlaceholderConstructor(constructor, base);
  const events = new EventEmitter().setMaxListeners(MAX_LISTENERS);
  const methods = EventEmitter.prototype as unknown as Record<string, unknown>;
  for (const key in methods) {
    const method = methods[key];
    if (typeof method === 'function') defineOwn(model, key, method.bind(events) as unknown, true);
  }
  defineOwn(model, 'modelName', name);
  defineOwn(model, 'settings', {unresolved: true}, true);
  return model;
}
