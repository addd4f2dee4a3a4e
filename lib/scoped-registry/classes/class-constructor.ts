import type {ModelClass} from '../juggler/types';

type Maker = (name: string, base: ModelClass) => ModelClass;

/**
 * juggler's constructor of a model class, with `name` for its name. juggler compiles one for each class; these are
 * instances of one.
 */
export const constructorOf = compiled('');

/** The same for a class that may yet be a placeholder. */
export const placeholderConstructorOf = compiled(
  "if (model.settings.unresolved) throw new Error('Model ' + model.modelName + ' is not defined.');",
);

/**
 * Compiled at first use from text, as juggler's are: as part of a module they would be in strict mode, and lack the
 * properties `arguments` and `caller` that juggler's have.
 */
function compiled(check: string): Maker {
  let compile: ((base: ModelClass) => (name: string) => ModelClass) | undefined;
  // one for each base: what the classes on it have in common is once
  const makers = new WeakMap<ModelClass, (name: string) => ModelClass>();
  return (name, base) => {
    let maker = makers.get(base);
    if (!maker) {
      compile ??= compilerOf(check);
      makers.set(base, (maker = compile(base)));
    }
    return maker(name);
  };
}

function compilerOf(check: string): (base: ModelClass) => (name: string) => ModelClass {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- constant text
  return new Function(
    'base',
    `return name => {
      var model = {[name]: function (data, options) {
        if (!(this instanceof model)) return new model(data, options);
        ${check}
        base.apply(this, arguments);
      }}[name];
      return model;
    }`,
  ) as ReturnType<typeof compilerOf>;
}

/**
 * The name that juggler gives the constructor of a class; undefined where that takes a compiler to find out, or means
 * something else in juggler's constructor.
 */
export function constructorName(modelName: string): string | undefined {
  const name = modelName.replace(/[-.:]/g, '_');
  return /^[a-z_$][\w$]*$/i.test(name) && !UNUSUAL.has(name) ? name : undefined;
}

const UNUSUAL = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for function ' +
    'if import in instanceof new null return super switch this throw true try typeof var void while with ' +
    'data options arguments ModelBaseClass g JSON Error'
  ).split(' '),
);
