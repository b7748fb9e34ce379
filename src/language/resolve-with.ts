/** The params of a stage type: expressions worked out, checked against the type's schema, defaults filled in. */
import type { Template, TemplateValue } from '../model/pipeline.ts';
import type { StageType } from '../model/plugin.ts';
import { withDefaults } from '../schema/defaults.ts';
import type { SchemaFinding } from '../schema/validate.ts';
import type { Json } from '../util/canonical-json.ts';
import { plainTemplate } from './command-template.ts';
import type { Pointer } from './locate.ts';
import type { ForLater } from './look-up.ts';
import type { ParamWords } from './param-mistakes.ts';
import { explainParam, paramsValidator, unusableParams } from './param-mistakes.ts';
import type { References } from './references.ts';
import type { Placed, StageReader } from './stage-reader.ts';
import { isMapping, joinPieces } from './stage-reader.ts';
import { subject } from './validate.ts';

/** By the pointer from `with`, as JSON. */
type Holes = Map<string, Template>;

/** `type` undefined: it is unknown, so nothing can be checked. Errors: `invalid-with`, and those of expressions. */
export function resolveWith(
  reader: StageReader,
  type: StageType | undefined,
  uses: Placed,
  later: ForLater,
  references: References,
): TemplateValue {
  const placed = reader.own('with');
  if (placed && !isMapping(placed.value)) return { map: {} };
  const holes: Holes = new Map();
  const resolver = new WithResolver(reader, later, references, holes);
  const value = resolver.resolve(placed ?? { value: {}, pointer: reader.pointer('with') }, []);
  if (!type) return toTemplateValue(value, [], holes);
  check(reader, type, uses, value, holes, resolver.failed);
  return toTemplateValue(withDefaults(value, type.params), [], holes);
}

/** As deep as the file, which has a limit. */
class WithResolver {
  /** Pointers from `with`, as JSON, of what could not be worked out. */
  readonly failed = new Set<string>();
  readonly #reader: StageReader;
  readonly #later: ForLater;
  readonly #references: References;
  readonly #holes: Holes;

  constructor(reader: StageReader, later: ForLater, references: References, holes: Holes) {
    this.#reader = reader;
    this.#later = later;
    this.#references = references;
    this.#holes = holes;
  }

  /** A text with holes stays as it is written; its template is kept aside. */
  resolve({ value, pointer }: Placed, at: Pointer): Json {
    if (typeof value === 'string') return this.#text(value, pointer, at);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      return (value as readonly Json[]).map((item, index) =>
        this.resolve({ value: item, pointer: [...pointer, index] }, [...at, index]),
      );
    }
    const map: { [key: string]: Json } = Object.create(null);
    for (const [key, member] of Object.entries(value)) {
      map[key] = this.resolve({ value: member as Json, pointer: [...pointer, key] }, [...at, key]);
    }
    return map;
  }

  #text(text: string, pointer: Pointer, at: Pointer): Json {
    const pieces = this.#reader.pieces(text, pointer, this.#later);
    if (!pieces) {
      this.failed.add(JSON.stringify(at));
      return text;
    }
    this.#references.add(pieces, pointer);
    const isOpen = pieces.some((piece) => typeof piece !== 'string' && piece.result.kind === 'hole');
    if (!isOpen) return joinPieces(pieces).value;
    this.#holes.set(JSON.stringify(at), plainTemplate(pieces));
    return text;
  }
}

function toTemplateValue(value: Json, at: Pointer, holes: Holes): TemplateValue {
  if (typeof value === 'string') {
    const template = holes.size === 0 ? undefined : holes.get(JSON.stringify(at));
    return template ? { template } : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return { list: (value as readonly Json[]).map((item, index) => toTemplateValue(item, [...at, index], holes)) };
  }
  const map: { [key: string]: TemplateValue } = Object.create(null);
  for (const [key, member] of Object.entries(value)) map[key] = toTemplateValue(member as Json, [...at, key], holes);
  return { map };
}

const IN_PIPELINE: ParamWords = {
  subject: (pointer) => (pointer.length === 0 ? '"with"' : subject(pointer)),
  howToAdd: () => 'Add it under "with".',
};

/** Keywords that judge a value by what is in it. */
const JUDGES = new Set(['anyOf', 'oneOf', 'not', 'const', 'enum', 'contains', 'uniqueItems']);

function check(
  reader: StageReader,
  type: StageType,
  uses: Placed,
  value: Json,
  holes: Holes,
  failed: ReadonlySet<string>,
): void {
  const validator = paramsValidator(type);
  if (typeof validator === 'string') {
    reader.report(uses.pointer, (location) => unusableParams(type, validator, location));
    return;
  }
  const open = [...holes.keys(), ...failed].map((key) => JSON.parse(key) as Pointer);
  for (const finding of validator(value)) {
    if (open.some((hole) => concerns(finding, hole))) continue;
    const { pointer, keyword } = finding;
    const full = reader.pointer('with', ...pointer);
    if (keyword === 'required' || keyword === 'dependentRequired') {
      const owner = reader.own('with') ? reader.pointer('with', ...pointer.slice(0, -1)) : uses.pointer;
      const side = reader.own('with') ? 'key' : 'value';
      reader.report(owner, (location) => explainParam(finding, type, IN_PIPELINE, location), side);
    } else {
      const side = /^(additionalProperties|unevaluatedProperties|propertyNames)$/.test(keyword) ? 'key' : 'value';
      reader.report(full, (location) => explainParam(finding, type, IN_PIPELINE, location), side);
    }
  }
}

/** What a hole will be is not known, so nothing is said about it, nor by what judges a value around it. */
function concerns({ pointer, keyword }: SchemaFinding, hole: Pointer): boolean {
  const isPrefix = pointer.every((part, index) => part === hole[index]);
  return isPrefix && (pointer.length === hole.length || (pointer.length < hole.length && JUDGES.has(keyword)));
}
