/** The folder `candidates`: an index, and a file for each candidate. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import candidateSchema from '../../schemas/candidate.schema.json' with { type: 'json' };
import candidatesSchema from '../../schemas/candidates.schema.json' with { type: 'json' };
import type { CandidateDocument, CandidatesDocument } from '../documents.generated.ts';
import { readDocument } from '../documents.ts';
import { operatorNamed } from '../operators/catalogue.ts';
import { candidateId } from './candidate.ts';

const INDEX = 'index.json';

export interface Candidates {
  readonly index: CandidatesDocument;
  /** In the order of the index. */
  readonly all: readonly CandidateDocument[];
}

export function writeCandidates(
  folder: string,
  candidates: readonly CandidateDocument[],
  facts: Pick<CandidatesDocument, 'data' | 'goal' | 'left_out'>,
): void {
  mkdirSync(folder, { recursive: true });
  const entries = candidates.map((candidate) => {
    const { id, operator, columns, confidence } = candidate;
    const file = `${operator}-${id}.json`;
    write(join(folder, file), candidate);
    return { id, file, operator, columns, confidence };
  });
  const index: CandidatesDocument = {
    version: 1,
    data: facts.data,
    goal: facts.goal,
    candidates: entries,
    left_out: facts.left_out,
  };
  write(join(folder, INDEX), index);
}

/** Errors: throws a `StageFailure` when a file is no candidate, has another id than what it does, or an operator is not known. */
export function readCandidates(folder: string): Candidates {
  const index = readDocument<CandidatesDocument>(join(folder, INDEX), 'an index of candidates', candidatesSchema);
  const all = index.candidates.map(({ id, file }) => {
    const candidate = readDocument<CandidateDocument>(join(folder, basename(file)), 'a candidate', candidateSchema);
    if (!operatorNamed(candidate.operator)) {
      const message = `"${file}" asks for the operator "${candidate.operator}", which is not in the catalogue.`;
      throw new StageFailure({ code: 'unknown-operator', category: 'critical', message, file });
    }
    if (candidate.id !== id || candidateId(candidate.operator, candidate.columns, candidate.params) !== id) {
      const message = `"${file}" is not what "${INDEX}" lists: its operator, columns or params were changed. Put changed steps into a recipe, and give it to \`apply\`.`;
      throw new StageFailure({ code: 'format-error', category: 'critical', message, file });
    }
    return candidate;
  });
  return { index, all };
}

function write(path: string, document: object): void {
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
}
