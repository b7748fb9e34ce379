/** `wrangle schema`: the schema of pipelines with all listed plugins, for editors. Runs no plugin code. */
import { posix, resolve } from 'node:path';
import type { FileSystem } from '../../ports/file-system.ts';
import { printDocument } from '../../report/documents.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function schemaCommand(session: Session, args: string[], _flags: CommonFlags): Promise<number> {
  const [file, extra] = args;
  if (extra !== undefined) throw new UsageError(`"schema" takes one file, not ${quoteName(extra)} as well.`);
  const { ports, cwd, json, stdout, stderr, verbosity, workspace } = session;
  const path = file === undefined ? undefined : await placeFor(ports.fs, cwd, file);
  const { plugins, mistakes } = await workspace.plugins();
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) {
    printMistakes(mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const { editorSchema } = await import('../../schema/editor-schema.ts');
  const types = plugins.flatMap((plugin) => plugin.types);
  const text = printDocument(editorSchema(types));
  if (file === undefined || path === undefined) {
    stdout.write(text);
    return EXIT.done;
  }
  ports.fs.makeFolder(posix.dirname(path));
  const beside = `${posix.dirname(path)}/.wrangle-${ports.randomId(6)}`;
  ports.fs.writeFile(beside, text);
  ports.fs.rename(beside, path);
  if (json) stdout.write(printDocument({ written: path, stages: types.map(({ name }) => name) }));
  else if (verbosity !== 'quiet') {
    stdout.line(`Wrote ${quoteName(file)}. In a pipeline, name it in the first line, by its path from there:`);
    stdout.line(`# yaml-language-server: $schema=${file.startsWith('/') ? file : posix.relative('pipelines', file)}`);
  }
  return EXIT.done;
}

/** Whoever names the pipeline that the schema is for must not lose it. Errors: `UsageError`. */
async function placeFor(fs: FileSystem, cwd: string, file: string): Promise<string> {
  const asked = resolve(cwd, file);
  const there = fs.stat(asked)?.type;
  if (there === 'folder') throw new UsageError(`${quoteName(file)} is a folder, not a file.`);
  // Such as `/dev/stdout`, which would be a file from then on.
  if (there === 'other') {
    throw new UsageError(`${quoteName(file)} is no file.`, 'Without a file the schema goes to standard output.');
  }
  if (!asked.endsWith('.json')) {
    throw new UsageError(
      `${quoteName(file)} cannot be where the schema is written: the name of a schema ends in ".json".`,
      'One schema is for all pipelines of a workspace. For example: wrangle schema pipelines/pipeline.schema.json',
    );
  }
  const { isEditorSchema } = await import('../../schema/editor-schema.ts');
  if (there !== undefined && !isEditorSchema(fs.readText(asked) ?? '')) {
    const help = 'Name another file, or remove this one first.';
    throw new UsageError(`${quoteName(file)} is already there, and is no schema of pipelines.`, help);
  }
  // What a link leads to is replaced, and the link stays.
  return fs.realPath(asked) ?? asked;
}
