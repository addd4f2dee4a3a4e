/**
 * Numbers for objects and functions: two are equal if and only if they are the same object. Weak, so a number in a
 * fingerprint never keeps what it stands for alive.
 */
export class Identities {
  #ids = new WeakMap<object, number>();
  #last = 0;

  of(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = ++this.#last;
      this.#ids.set(object, id);
    }
    return id;
  }

  /** Lets `copy` pass for `original`. */
  alias(copy: object, original: object): void {
    this.#ids.set(copy, this.of(original));
  }
}
