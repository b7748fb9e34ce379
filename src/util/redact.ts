// Masks secret values in a stream of bytes. Knows nothing of where the secrets come from or where the bytes go.

/** Anything shorter stands in ordinary text so often that masking it would hide the text and show the secret. */
const SECRET_BYTES_MIN = 4;

const MASK = Buffer.from('***');
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BACKSLASH = 0x5c;
/** A backslash, a return and a newline. */
const GAP_MAX = 3;
/** So many bytes of a secret must have been seen before a line break counts as being inside it. */
const WRAP_DEPTH = 8;

/**
 * The forms in which one value is recognised: as it is, each of its lines, and as shells, JSON, URLs, base64 and hex
 * write it. A stage can always transform a secret in some other way; this is a safety net.
 * Shape: bytes, no two alike, each at least `SECRET_BYTES_MIN` long.
 */
export function secretVariants(secret: string): Buffer[] {
  const whole = Buffer.from(secret);
  const value = whole.toString();
  const trimmed = value.trim();
  const texts = new Set([value, trimmed, ...value.split(/\r?\n/)]);
  for (const form of [value, trimmed]) {
    const json = JSON.stringify(form).slice(1, -1);
    const ascii = json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const quoted = form.replaceAll("'", "'\\''");
    const percent = encodeURIComponent(form).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    for (const text of [json, ascii, json.replaceAll('/', '\\/'), quoted, form.replaceAll("'", `'"'"'`)])
      texts.add(text);
    texts.add(form.replace(/[^A-Za-z0-9_\n]/g, '\\$&'));
    for (const text of [encodeURIComponent(form), percent, percent.replaceAll('%2F', '/')]) {
      for (const spaced of [text, text.replaceAll('%20', '+')]) {
        texts.add(spaced);
        texts.add(spaced.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
      }
    }
    for (const encoded of base64Forms(Buffer.from(form))) texts.add(encoded);
    const hex = Buffer.from(form).toString('hex');
    texts.add(hex);
    texts.add(hex.toUpperCase());
  }
  return [...texts].map((text) => Buffer.from(text)).filter((bytes) => bytes.length >= SECRET_BYTES_MIN);
}

/** Alone, and what stays the same of it when 0, 1 or 2 bytes (modulo 3) stand before it and any after it. */
function base64Forms(bytes: Buffer): string[] {
  const alone = bytes.toString('base64');
  const forms = [alone, alone.replace(/=+$/, '')];
  for (let before = 0; before < 3; before++) {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    forms.push(padded.toString('base64').slice(first, end));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** Recognises all forms of some secrets. Made once; one `stream` for each stream of bytes. */
export class Redactor {
  readonly #patterns: Patterns | undefined;

  constructor(secrets: readonly string[]) {
    const variants = secrets.flatMap(secretVariants);
    this.#patterns = variants.length > 0 ? new Patterns(variants) : undefined;
  }

  /** Undefined when there is nothing to mask. */
  stream(): RedactStream | undefined {
    return this.#patterns && new RedactStream(this.#patterns);
  }

  /** A whole text at once. */
  text(text: string): string {
    const stream = this.stream();
    if (!stream) return text;
    return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
  }
}

/**
 * All patterns at once, after Aho and Corasick: a state is the longest suffix of the bytes so far that some pattern
 * begins with, so its depth says how much must be held back, and how the stream was cut makes no difference.
 * State 0 is the empty suffix.
 */
class Patterns {
  /** `state * 256 + byte` -> state; only where a pattern goes on. */
  readonly #next = new Map<number, number>();
  /** For state 0, which most bytes are met in. */
  readonly #first = new Int32Array(256);
  readonly depth: number[] = [0];
  /** Length of the longest pattern that ends in the state, 0 for none. */
  readonly matched: number[] = [0];
  readonly #fail: number[] = [0];

  constructor(variants: readonly Uint8Array[]) {
    for (const variant of variants) this.#add(variant);
    // States were numbered pattern by pattern; suffixes are found depth by depth.
    const byDepth = [...this.#next].sort(([a], [b]) => this.#depthOfKey(a) - this.#depthOfKey(b));
    for (const [key, state] of byDepth) {
      const parent = Math.floor(key / 256);
      const fail = parent === 0 ? 0 : this.next(this.#fail[parent] ?? 0, key % 256);
      this.#fail[state] = fail;
      this.matched[state] = Math.max(this.matched[state] ?? 0, this.matched[fail] ?? 0);
    }
  }

  #depthOfKey(key: number): number {
    return this.depth[Math.floor(key / 256)] ?? 0;
  }

  #add(variant: Uint8Array): void {
    let state = 0;
    for (const byte of variant) {
      const key = state * 256 + byte;
      let child = this.#next.get(key);
      if (child === undefined) {
        child = this.depth.length;
        this.#next.set(key, child);
        if (state === 0) this.#first[byte] = child;
        this.depth.push((this.depth[state] ?? 0) + 1);
        this.matched.push(0);
        this.#fail.push(0);
      }
      state = child;
    }
    this.matched[state] = variant.length;
  }

  next(from: number, byte: number): number {
    for (let state = from; state !== 0; state = this.#fail[state] ?? 0) {
      const child = this.#next.get(state * 256 + byte);
      if (child !== undefined) return child;
    }
    return this.#first[byte] ?? 0;
  }
}

/** Positions count the bytes of the whole stream. */
interface Span {
  start: number;
  end: number;
  /** The mask is out already, and what remains is only to be left out. */
  masked: boolean;
}

/** One stream. What it gives out is the same however the stream was cut into pieces. */
export class RedactStream {
  readonly #patterns: Patterns;
  #state = 0;
  #held: Buffer = Buffer.alloc(0);
  /** Of the first byte held. */
  #heldFrom = 0;
  /** To be masked, in order, apart. */
  #spans: Span[] = [];
  /** Bytes that the current match passed over: line breaks inside a secret that was wrapped. */
  #gaps: number[] = [];

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  /** What is certain by now. Held back is only what may be the beginning of a secret. */
  write(chunk: Uint8Array): Uint8Array {
    const from = this.#heldFrom + this.#held.length;
    for (let at = 0; at < chunk.length; at++) this.#read(chunk[at] ?? 0, from + at);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const start = this.#startOf(this.#patterns.depth[this.#state] ?? 0, from + chunk.length);
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter((gap) => gap >= start);
    return this.#release(start);
  }

  /** The rest. */
  end(): Uint8Array {
    return this.#release(this.#heldFrom + this.#held.length);
  }

  #read(byte: number, at: number): void {
    const patterns = this.#patterns;
    const next = patterns.next(this.#state, byte);
    const depth = patterns.depth[this.#state] ?? 0;
    const isBreak = byte === NEWLINE || byte === RETURN || byte === BACKSLASH;
    // Only where no pattern goes on with the break itself: then passing over it misses nothing.
    if (next === 0 && isBreak && depth >= WRAP_DEPTH && this.#gaps.at(-GAP_MAX) !== at - GAP_MAX) {
      this.#gaps.push(at);
      return;
    }
    this.#state = next;
    if (next === 0) {
      if (this.#gaps.length > 0) this.#gaps = [];
      return;
    }
    const length = patterns.matched[next] ?? 0;
    if (length > 0) this.#mask(this.#startOf(length, at + 1), at + 1);
  }

  /** Where the `length` bytes of a match that end before `end` begin. */
  #startOf(length: number, end: number): number {
    let start = end - length;
    if (length === 0) return start;
    for (let at = this.#gaps.length - 1; at >= 0 && (this.#gaps[at] ?? 0) >= start; at--) start--;
    return start;
  }

  #mask(start: number, end: number): void {
    const span: Span = { start, end, masked: false };
    for (let last = this.#spans.at(-1); last && last.end >= span.start; last = this.#spans.at(-1)) {
      span.start = Math.min(span.start, last.start);
      span.masked ||= last.masked;
      this.#spans.pop();
    }
    this.#spans.push(span);
  }

  /** Gives out everything before `end`. */
  #release(end: number): Uint8Array {
    const spans = this.#spans;
    const parts: Uint8Array[] = [];
    let at = this.#heldFrom;
    for (let span = spans[0]; span && span.start < end; span = spans[0]) {
      if (span.start > at) parts.push(this.#held.subarray(at - this.#heldFrom, span.start - this.#heldFrom));
      if (!span.masked) parts.push(MASK);
      span.masked = true;
      at = Math.max(at, Math.min(span.end, end));
      if (span.end > end) break;
      spans.shift();
    }
    if (end > at) parts.push(this.#held.subarray(at - this.#heldFrom, end - this.#heldFrom));
    this.#held = this.#held.subarray(end - this.#heldFrom);
    this.#heldFrom = end;
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }
}
