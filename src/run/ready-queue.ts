/** A binary heap of stages that could start. */
export class ReadyQueue {
  readonly #heap: number[] = [];
  readonly #before: (a: number, b: number) => number;

  /** `before` is negative when `a` should start first. */
  constructor(before: (a: number, b: number) => number) {
    this.#before = before;
  }

  get size(): number {
    return this.#heap.length;
  }

  get first(): number | undefined {
    return this.#heap[0];
  }

  push(stage: number): void {
    const heap = this.#heap;
    let at = heap.push(stage) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#before(heap[at] as number, heap[parent] as number) >= 0) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#before(heap[child] as number, heap[least] as number) < 0) least = child;
      }
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as number;
    this.#heap[a] = this.#heap[b] as number;
    this.#heap[b] = held;
  }
}
