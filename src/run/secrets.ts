/**
 * Masks the secrets of a pipeline in everything that a build says or keeps. Output of processes is masked where it is
 * read (`host/output-sink.ts`); this is for what plugins, contracts and wrangle itself put into words.
 */
import type { EventListener, WrangleEvent } from '../model/event.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import { Redactor } from '../util/redact.ts';
import type { CallerEnvironment } from './environment.ts';

export interface SecretMask {
  /** Every secret of every stage: what one stage was given, another may print. */
  readonly values: readonly string[];
  text(text: string): string;
  /** All texts in it, names of members too. */
  json<Value extends Json>(value: Value): Value;
  /** Passes events on with their texts masked. */
  events(listener: EventListener): EventListener;
}

/** Members of events that programs follow: a path or a digest is no free text, and masked it would lead nowhere. */
const FOLLOWED = new Set([
  ...['run_id', 'pipeline', 'fingerprint', 'sha256', 'path', 'paths', 'port', 'log', 'kept', 'fresh', 'by'],
  ...['outcome', 'level', 'stream', 'code', 'category', 'signal', 'part', 'change'],
]);
const DIGEST = /^(?:[a-z]:)?[0-9a-f]{64}(?::\d+)?$/;

export function maskSecrets(stages: readonly Pick<Stage, 'secrets'>[], caller: CallerEnvironment): SecretMask {
  const names = new Set(stages.flatMap(({ secrets }) => secrets));
  const values = [...names].flatMap((name) => caller[name] ?? []).filter((value) => value !== '');
  if (values.length === 0) return NOTHING_TO_MASK;
  const redactor = new Redactor(values);
  const text = (plain: string) => (DIGEST.test(plain) ? plain : redactor.text(plain));
  return {
    values,
    text,
    json: (value) => maskJson(value, text, NONE) as typeof value,
    events: (listener) => (event) => listener(maskEvent(event, text)),
  };
}

const NONE: ReadonlySet<string> = new Set();

const NOTHING_TO_MASK: SecretMask = {
  values: [],
  text: (text) => text,
  json: (value) => value,
  events: (listener) => listener,
};

function maskEvent(event: WrangleEvent, text: (plain: string) => string): WrangleEvent {
  const { message, data } = event.details;
  const masked = maskJson(data as unknown as Json, text, FOLLOWED);
  return { ...event, details: { message: text(message), data: masked } } as unknown as WrangleEvent;
}

/** What stands under a name of `kept` stays as it is. Values that are no JSON, such as undefined, stay too. */
function maskJson(value: Json, text: (plain: string) => string, kept: ReadonlySet<string>): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => maskJson(item, text, kept));
  const members = Object.entries(value as { readonly [name: string]: Json });
  return Object.fromEntries(
    members.map(([name, member]) => (kept.has(name) ? [name, member] : [text(name), maskJson(member, text, kept)])),
  );
}
