import type {ModelClass} from '../juggler/types';

type ConstructorMaker = (name: string, base: ModelClass) => ModelClass;

const allFactories: WeakMap<ModelClass, ReturnType<Compiled>>[] = [];

/**
 * Makes the constructor function of a model class; the function is named `name`. It behaves like the function that juggler's
 * createModelClassCtor (model-builder.js) compiles for each class. Here the text is compiled once, and all classes share the
 * code.
 */
export const makeConstructor = constructorMaker('');

/** Makes the constructor of a placeholder. It throws until the placeholder is filled in. */
export const makePlaceholderConstructor = constructorMaker(
  "if (model.settings.unresolved) throw new Error('Model ' + model.modelName + ' is not defined.');",
);

/**
 * The constructor is compiled from text on first use, as in juggler. Code of a module is in strict mode, and a function in
 * strict mode lacks the own properties `arguments` and `caller` that juggler's constructors have.
 * @param check a statement that runs before the base's constructor
 */
function constructorMaker(check: string): ConstructorMaker {
  let factoryFor: Compiled | undefined;
  // one factory for each base: its constructors share the closure that holds the base
  const factories = new WeakMap<ModelClass, ReturnType<Compiled>>();
  allFactories.push(factories);
  return (name, base) => {
    let factory = factories.get(base);
    if (!factory) {
      factoryFor ??= compileFactory(check);
      factories.set(base, (factory = factoryFor(base)));
    }
    return factory.make(name);
  };
}

/** From now on the constructors of the classes on `base` call `other` in its place, and do not refer to `base` any more. */
export function replaceBaseConstructor(base: ModelClass, other: Function): void {
  for (const factories of allFactories) factories.get(base)?.rebase(other);
}

type Compiled = (base: ModelClass) => {make(name: string): ModelClass; rebase(base: Function): void};

function compileFactory(check: string): Compiled {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- constant text
  return new Function(
    'base',
    `return {
      make: name => {
        var model = {[name]: function (data, options) {
          if (!(this instanceof model)) return new model(data, options);
          ${check}
          base.apply(this, arguments);
        }}[name];
        return model;
      },
      rebase: other => void (base = other)
    }`,
  ) as Compiled;
}

/**
 * Returns the function name that juggler gives the constructor of a model. Returns undefined in two cases: when only a compiler
 * could tell whether the name is a valid identifier, and when the name would hide a variable of juggler's constructor code.
 */
export function constructorName(modelName: string): string | undefined {
  const name = sanitized(modelName);
  return /^[a-z_$][\w$]*$/i.test(name) && !RESERVED_NAMES.has(name) ? name : undefined;
}

/**
 * Returns the function name that juggler gives the constructor of a model, also where it takes a compiler to know. Returns undefined for
 * the names with which juggler's constructor refers to something else than itself, and throws at each use.
 */
export function jugglersConstructorName(modelName: string): string | undefined {
  const name = sanitized(modelName);
  if (['data', 'options', 'arguments', 'ModelBaseClass'].includes(name)) return undefined;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- only compiled, and juggler runs the same text
    new Function(`return function ${name}() {}`);
    return name;
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error;
    return 'ModelConstructor';
  }
}

function sanitized(modelName: string): string {
  return modelName.replace(/[-.:]/g, '_');
}

/** The reserved words of JavaScript, and the identifiers in the text that juggler's createModelClassCtor compiles. */
const RESERVED_NAMES = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for function ' +
    'if import in instanceof new null return super switch this throw true try typeof var void while with ' +
    'data options arguments ModelBaseClass g JSON Error'
  ).split(' '),
);
