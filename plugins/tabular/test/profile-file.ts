// Profiles of tables that are files, or become such.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import type { ProfileColumn, ProfileDocument } from '../src/documents.generated.ts';
import { runStage, useWorker } from './run-stage.ts';

const schema = compileSchema(
  JSON.parse(readFileSync(new URL('../schemas/profile.schema.json', import.meta.url), 'utf8')) as Json,
);
let folder: string;

/** To be called once at the top of a file of tests. */
export function useProfiles(): void {
  useWorker();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wrangle-profile-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

export async function profileFile(path: string, params: object = {}): Promise<ProfileDocument> {
  const end = await runStage('profile', { params, inputs: { data: path }, output: 'profile.json' });
  expect([end.result?.error, end.result?.status]).toEqual([undefined, 'ok']);
  const profile = JSON.parse(String(end.output)) as ProfileDocument;
  if (!schema.ok) throw new Error(schema.error);
  expect(schema.value(profile as unknown as Json)).toEqual([]);
  return profile;
}

export function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

export const profileText = (text: string | Uint8Array, params: object = {}, name = 'table.csv') =>
  profileFile(write(name, text), params);

export function column(profile: ProfileDocument, name: string): ProfileColumn {
  const found = profile.columns.find((one) => one.name === name);
  if (!found) throw new Error(`no column ${name} but ${profile.columns.map((one) => one.name).join(', ')}`);
  return found;
}

/** Name, type and number of missing values of each column. */
export const brief = (profile: ProfileDocument) =>
  profile.columns.map(({ name, type, missing }) => `${name}:${type}:${missing.count}`);
