// A stage that writes the time of day is caught, with real commands.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const PIPELINE = `
version: 1
stages:
  stamp:
    run: printf '{"rows":3,"made":{"at":%s}}' "$(date +%s%N)" > \${{ outputs.out }}
    outputs: { out: build/stamp.json }
  table:
    run: printf 'id,made_at\\n1,%s\\n' "$(date +%s%N)" > \${{ outputs.out }}
    outputs: { out: build/table.csv }
  local:
    run: date -d @0 +%H > \${{ outputs.out }}
    outputs: { out: build/hour.txt }
  sorted:
    run: sort \${{ inputs.data }} > \${{ outputs.out }}
    inputs: { data: data.txt }
    outputs: { out: build/sorted.txt }
`;

interface Failed {
  readonly code: string;
  readonly message: string;
  readonly differences: readonly { readonly byte: number; readonly place: object; readonly first: string }[];
}

test('the byte and the field are named, exit code 6', async () => {
  const project = new CliProject().write({ 'pipeline.yaml': PIPELINE, 'data.txt': 'b\na\n' });
  const run = await project.run('build', '--check-determinism', 'pipeline.yaml', '--json');
  expect(run.code).toBe(6);
  const { stages } = run.json();
  const failures = Object.fromEntries(
    Object.entries(stages).map(([id, { failure }]) => [id, failure as Failed | null]),
  );
  expect(failures['sorted']).toBe(null);
  expect(project.read('build/sorted.txt')).toBe('a\nb\n');
  expect(failures['local']).toMatchObject({
    code: 'not-deterministic',
    differences: [{ byte: 0, place: { kind: 'text', line: 1, column: 1 }, first: '00', second: '14' }],
  });
  expect(failures['stamp']?.message).toMatch(
    /^It is not deterministic: it ran twice, and "build\/stamp\.json" differs at byte \d+, \$\.made\.at: \d{19} and \d{19}\. /,
  );
  expect(failures['table']?.message).toMatch(
    /differs at byte \d+, row 1 \(line 2\), column "made_at": \d{19} and \d{19}\. /,
  );
  for (const name of ['stamp.json', 'table.csv', 'hour.txt']) expect(project.exists(`build/${name}`)).toBe(false);
  const kept = failures['stamp']?.message.match(/\.wrangle\/failed\/\S+(?= and|\.$)/g) ?? [];
  expect(kept.length).toBe(2);
  for (const folder of kept) expect(project.exists(`${folder.replace(/\.$/, '')}/outputs/build/stamp.json`)).toBe(true);

  const one = await project.run('build', 'pipeline.yaml', 'sorted', '--check-determinism=sorted');
  expect(one.code).toBe(0);
});
