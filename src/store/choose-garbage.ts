/**
 * Which results go: first what was not used for long, then the least recently used ones until the rest fits. Pure.
 * What a workspace needs, and what was used a moment ago, stays whatever the limits.
 */
import { compareText } from '../util/compare.ts';
import type { StoreNeeds } from './store-needs.ts';
import type { StoredBlob, StoredFile, StoredRecord, StoreSurvey } from './survey.ts';

export interface CleaningRules {
  readonly needs: StoreNeeds;
  /** What was used since is in use: a command that is running may have counted on it. */
  readonly youngSinceMs: number;
  /** Results not used since go; undefined: none for that reason. */
  readonly unusedSinceMs: number | undefined;
  /** How much may stay; undefined: as much as there is. */
  readonly bytesMax: number | undefined;
}

/** Why a result stays, in this order. */
export type Keeping = 'needed' | 'young' | 'fitting';

export interface Share {
  readonly results: number;
  /** Contents that several results share count for the first of `Keeping` only. */
  readonly bytes: number;
}

export interface Garbage {
  /** Least recently used first. */
  readonly records: readonly StoredRecord[];
  /** Blobs that nothing needs once those are gone, what copies left behind, and damaged ones. */
  readonly blobs: readonly StoredBlob[];
  readonly temporary: readonly StoredFile[];
  readonly quarantined: readonly StoredFile[];
  readonly bytes: number;
  readonly kept: Readonly<Record<Keeping, Share>>;
}

export function chooseGarbage(survey: StoreSurvey, rules: CleaningRules): Garbage {
  const old = (file: StoredFile) => file.usedMs < rules.youngSinceMs;
  const temporary = survey.temporary.filter(old);
  const quarantined = survey.quarantined.filter(old);
  const removable = (blob: StoredBlob) => old(blob) && !rules.needs.blobs.has(blob.sha);

  const users = countUsers(survey.records);
  const unnamed = [...survey.blobs.values()].filter((blob) => !users.has(blob.sha) && removable(blob));
  let left = survey.bytes - bytesOf([...temporary, ...quarantined, ...unnamed]);

  const records: StoredRecord[] = [];
  const blobs = [...unnamed];
  const kept: (readonly [StoredRecord, Keeping])[] = [];
  for (const record of [...survey.records].sort(byLastUse)) {
    const keeping = keepingOf(record, rules, left);
    if (keeping !== undefined) {
      kept.push([record, keeping]);
      continue;
    }
    records.push(record);
    left -= record.bytes;
    for (const sha of record.blobs) {
      const others = (users.get(sha) ?? 1) - 1;
      users.set(sha, others);
      const blob = survey.blobs.get(sha);
      if (others > 0 || !blob || !removable(blob)) continue;
      blobs.push(blob);
      left -= blob.bytes;
    }
  }
  return { records, blobs, temporary, quarantined, bytes: survey.bytes - left, kept: sharesOf(kept, survey) };
}

function keepingOf(record: StoredRecord, rules: CleaningRules, left: number): Keeping | undefined {
  if (rules.needs.fingerprints.has(record.fingerprint)) return 'needed';
  if (record.usedMs >= rules.youngSinceMs) return 'young';
  const outdated = rules.unusedSinceMs !== undefined && record.usedMs < rules.unusedSinceMs;
  const tooMuch = rules.bytesMax !== undefined && left > rules.bytesMax;
  return outdated || tooMuch ? undefined : 'fitting';
}

function byLastUse(a: StoredRecord, b: StoredRecord): number {
  return a.usedMs - b.usedMs || compareText(a.fingerprint, b.fingerprint);
}

function countUsers(records: readonly StoredRecord[]): Map<string, number> {
  const users = new Map<string, number>();
  for (const { blobs } of records) for (const sha of blobs) users.set(sha, (users.get(sha) ?? 0) + 1);
  return users;
}

function bytesOf(files: readonly StoredFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function sharesOf(
  kept: readonly (readonly [StoredRecord, Keeping])[],
  { blobs }: StoreSurvey,
): Readonly<Record<Keeping, Share>> {
  const counted = new Set<string>();
  const shareOf = (keeping: Keeping): Share => {
    const records = kept.filter(([, why]) => why === keeping).map(([record]) => record);
    let bytes = bytesOf(records);
    for (const sha of records.flatMap((record) => record.blobs)) {
      if (!counted.has(sha)) bytes += blobs.get(sha)?.bytes ?? 0;
      counted.add(sha);
    }
    return { results: records.length, bytes };
  };
  return { needed: shareOf('needed'), young: shareOf('young'), fitting: shareOf('fitting') };
}
