// A disk under a process that may be killed at any step. Knows nothing of what the steps are for.
import type { HashedFile } from '../../src/ports/file-system.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

class Killed extends Error {
  override readonly name = 'Killed';
}

/**
 * Counts the steps that change something. At step `killAt` nothing happens any more, and neither at any after it, until
 * `revive`; a write that is being killed has done half of its work when `torn` is set.
 */
export class MortalFileSystem extends MemoryFileSystem {
  killAt = Infinity;
  torn = false;
  steps = 0;
  #dead = false;

  get isDead(): boolean {
    return this.#dead;
  }

  revive(): void {
    this.#dead = false;
    this.killAt = Infinity;
    this.steps = 0;
  }

  override lstat(path: string) {
    this.#live();
    return super.lstat(path);
  }

  override stat(path: string) {
    this.#live();
    return super.stat(path);
  }

  override readText(path: string) {
    this.#live();
    return super.readText(path);
  }

  override readPart(path: string, offset: number, length: number) {
    this.#live();
    return super.readPart(path, offset, length);
  }

  override writeFile(path: string, data: string | Uint8Array, options?: { mode?: number; exclusive?: boolean }): void {
    this.#step(() => super.writeFile(path, data.slice(0, data.length / 2), options));
    super.writeFile(path, data, options);
  }

  override appendFile(path: string, data: string): void {
    this.#step(() => super.appendFile(path, data.slice(0, data.length / 2)));
    super.appendFile(path, data);
  }

  override makeFolder(path: string): void {
    // Most are there already, and then nothing changes.
    if (super.lstat(path) === undefined) this.#step();
    super.makeFolder(path);
  }

  override rename(from: string, to: string): void {
    this.#step();
    super.rename(from, to);
  }

  override remove(path: string): void {
    if (super.lstat(path) !== undefined) this.#step(() => this.#removeSome(path));
    super.remove(path);
  }

  override removeEmptyFolder(path: string): boolean {
    this.#step();
    return super.removeEmptyFolder(path);
  }

  override makeLink(target: string, path: string): void {
    this.#step();
    super.makeLink(target, path);
  }

  override chmod(path: string, mode: number): void {
    this.#step();
    super.chmod(path, mode);
  }

  override touch(path: string): void {
    this.#step();
    super.touch(path);
  }

  override async sync(path: string): Promise<void> {
    this.#step();
    await super.sync(path);
  }

  override async copyFile(from: string, to: string): Promise<HashedFile> {
    this.#step(() => super.writeFile(to, (super.readFile(from) ?? new Uint8Array()).slice(0, 1)));
    return super.copyFile(from, to);
  }

  #live(): void {
    if (this.#dead) throw new Killed('the process is dead');
  }

  #step(half?: () => void): void {
    this.#live();
    if (++this.steps < this.killAt) return;
    this.#dead = true;
    if (this.torn) half?.();
    throw new Killed(`killed at step ${this.steps}`);
  }

  /** A folder goes entry by entry. */
  #removeSome(path: string): void {
    const [first] = super.readFolder(path) ?? [];
    if (first) super.remove(`${path}/${first.name}`);
  }
}
