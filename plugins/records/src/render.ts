/** The stage type `records/render`: a template with the values of one record. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Json } from 'wrangle/plugin';
import { defineStage, StageFailure } from 'wrangle/plugin';
import type { Render } from '../stage-types.d.ts';
import type { Escape, Missing } from './template/fill.ts';
import { fillTemplate } from './template/fill.ts';
import type { Node } from './template/parse.ts';
import { parseTemplate, TemplateMistake } from './template/parse.ts';

const ESCAPES: { readonly [extension: string]: Escape } = {
  '.htm': 'html',
  '.html': 'html',
  '.json': 'json',
  '.svg': 'html',
  '.xhtml': 'html',
  '.xml': 'html',
};

/** The template of the request before: most often it is that of all. */
let latest: { readonly text: string; readonly nodes: readonly Node[] } | undefined;

defineStage<Render>({
  run(ctx) {
    const { missing: onMissing, escape: how } = ctx.params;
    const { template, data } = ctx.inputs;
    const to = ctx.outputs.page.path;
    const record = { ...(data && readRecord(data.path)), ...(ctx.params.record as { readonly [name: string]: Json }) };
    const as = how === 'auto' ? (ESCAPES[extname(to).toLowerCase()] ?? 'none') : how;
    const { text, missing, noText } = fillTemplate(readTemplate(template.path), record, as);

    const where = (found: readonly Missing[]) => ({ file: template.path, row: found[0]?.line ?? 1 });
    if (noText.length > 0) {
      const message = `${named(noText, template.path)} of the record is a list or a record, where the template wants a text; write {{#name}}…{{/name}} around what is in it.`;
      ctx.fail('no-text', 'critical', message, where(noText));
    }
    if (missing.length > 0 && onMissing !== 'empty') {
      const category = onMissing === 'skip' ? 'skippable' : 'critical';
      ctx.fail('missing-field', category, `The record has no ${named(missing, template.path)}.`, where(missing));
    }
    if (as === 'json') checkJson(text);
    writeFileSync(to, text);
    ctx.metrics['missing'] = missing.length;
    ctx.metrics['size_bytes'] = Buffer.byteLength(text);
  },
});

function named(fields: readonly Missing[], template: string): string {
  const names = fields.map(({ name, line }) => `${JSON.stringify(name)} (line ${line})`);
  return `${names.join(', ')} that ${JSON.stringify(basename(template))} asks for`;
}

function readTemplate(path: string): readonly Node[] {
  const text = readText(path, 'bad-template', 'critical');
  if (latest?.text === text) return latest.nodes;
  try {
    latest = { text, nodes: parseTemplate(text) };
    return latest.nodes;
  } catch (error) {
    if (!(error instanceof TemplateMistake)) throw error;
    const message = `${JSON.stringify(basename(path))}, line ${error.line}: ${error.message}`;
    throw new StageFailure({ code: 'bad-template', category: 'critical', message, file: path, row: error.line });
  }
}

/** What cannot be read is of this record alone, so the others go on. */
function readRecord(path: string): { readonly [name: string]: Json } {
  const text = readText(path, 'bad-record', 'skippable');
  let value: Json | undefined;
  let reason = 'it is not a JSON object';
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    reason = `it is not JSON (${(error as Error).message})`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as { readonly [name: string]: Json };
  }
  const message = `${JSON.stringify(basename(path))} is no record: ${reason}.`;
  throw new StageFailure({ code: 'bad-record', category: 'skippable', message, file: path });
}

function readText(path: string, code: string, category: 'critical' | 'skippable'): string {
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const message = `${JSON.stringify(basename(path))} is not text in UTF-8.`;
    throw new StageFailure({ code, category, message, file: path });
  }
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = `What the template makes is not JSON: ${(error as Error).message}. A value is written with its quotes, so none belong around a tag.`;
    throw new StageFailure({ code: 'bad-json', category: 'critical', message });
  }
}
