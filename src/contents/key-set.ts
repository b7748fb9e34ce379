/**
 * Keys of rows and where each was first, in about 40 bytes a key whatever its length: it is kept as 128 bits of its SHA-256,
 * and like everywhere in wrangle what has the same digest is the same.
 */
import { hash } from 'node:crypto';

/** So many at once take about 250 MB while their table grows. */
export const KEYS_MAX = 4 * 1024 * 1024;

const WORDS = 5;
const PLACE = 4;

export class KeySet {
  readonly #part: number;
  readonly #parts: number;
  #slots = 1024;
  /** Of each slot four words of the digest and the place; place 0 is an empty slot. */
  #table = new Uint32Array(this.#slots * WORDS);
  #count = 0;

  /** Of all keys only those of one part of so many, which are about as many each. */
  constructor(part: number, parts: number) {
    this.#part = part;
    this.#parts = parts;
  }

  /** Where the key was before; undefined the first time. `place` is from 1. */
  add(key: string, place: number): number | undefined {
    const digest = hash('sha256', key, 'buffer');
    if (this.#parts > 1 && digest.readUInt32LE(16) % this.#parts !== this.#part) return undefined;
    const words = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
    const at = this.#find(this.#table, this.#slots, words);
    const before = this.#table[at + PLACE];
    if (before !== 0) return before;
    this.#put(this.#table, at, words, place);
    if (++this.#count * 10 > this.#slots * 7) this.#grow();
    return undefined;
  }

  /** Where it is, or where there is room for it. */
  #find(table: Uint32Array, slots: number, words: ArrayLike<number>, from = 0): number {
    for (let slot = (words[from] as number) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * WORDS;
      if (table[at + PLACE] === 0) return at;
      if (
        table[at] === words[from] &&
        table[at + 1] === words[from + 1] &&
        table[at + 2] === words[from + 2] &&
        table[at + 3] === words[from + 3]
      )
        return at;
    }
  }

  #put(table: Uint32Array, at: number, words: ArrayLike<number>, place: number, from = 0): void {
    for (let word = 0; word < PLACE; word++) table[at + word] = words[from + word] as number;
    table[at + PLACE] = place;
  }

  #grow(): void {
    const slots = this.#slots * 2;
    const table = new Uint32Array(slots * WORDS);
    for (let at = 0; at < this.#table.length; at += WORDS) {
      const place = this.#table[at + PLACE] as number;
      if (place !== 0) this.#put(table, this.#find(table, slots, this.#table, at), this.#table, place, at);
    }
    this.#table = table;
    this.#slots = slots;
  }
}
