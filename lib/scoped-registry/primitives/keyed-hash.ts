import {randomBytes} from 'node:crypto';

/** The secret of this process, made at the first use: with it a client could compute texts of equal hash. */
let key: {readonly low: number; readonly high: number} | undefined;

function makeKey(): NonNullable<typeof key> {
  const bytes = randomBytes(8);
  return {low: bytes.readInt32LE(0), high: bytes.readInt32LE(4)};
}

/**
 * A 32-bit hash whose collisions nobody can choose without the secret of the process: HalfSipHash-1-3 (Aumasson and Bernstein) over
 * 32-bit words. The hash of the same words differs from process to process.
 */
export class KeyedHash {
  #v0: number;
  #v1: number;
  #v2: number;
  #v3: number;

  constructor({low, high} = (key ??= makeKey())) {
    this.#v0 = low;
    this.#v1 = high;
    this.#v2 = 0x6c796765 ^ low;
    this.#v3 = 0x74656462 ^ high;
  }

  /** Adds a word: the lower 32 bits of a whole number. */
  add(word: number): void {
    this.#v3 ^= word;
    this.#round();
    this.#v0 ^= word;
  }

  /** Adds a text behind its mark, a number below 32, and its length. So no two lists of texts are the same words. */
  addText(mark: number, text: string): void {
    const {length} = text;
    this.add(mark | (length << 5));
    let [v0, v1, v2, v3] = [this.#v0, this.#v1, this.#v2, this.#v3];
    for (let index = 0; index < length; index += 2) {
      const word = index + 1 < length ? text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16) : text.charCodeAt(index);
      // the same as `add`, on local variables: this loop is most of the time that a look-up by structure takes
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v2 = (v2 + v3) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v1) | 0;
      v0 = (v0 + v3) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    [this.#v0, this.#v1, this.#v2, this.#v3] = [v0, v1, v2, v3];
  }

  /** Returns the hash of what was added, as a signed number. Nothing may be added after that. */
  end(): number {
    this.#v2 ^= 0xff;
    for (let count = 0; count < 3; count++) this.#round();
    return this.#v1 ^ this.#v3;
  }

  #round(): void {
    let [v0, v1, v2, v3] = [this.#v0, this.#v1, this.#v2, this.#v3];
    v0 = (v0 + v1) | 0;
    v2 = (v2 + v3) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v1) | 0;
    v0 = (v0 + v3) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 << 16) | (v2 >>> 16);
    [this.#v0, this.#v1, this.#v2, this.#v3] = [v0, v1, v2, v3];
  }
}
