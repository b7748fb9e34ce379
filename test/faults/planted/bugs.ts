/**
 * Bugs that would each break one promise, as changes to the sources, and the test that catches each. A text to be
 * replaced stands in its file exactly once; where it no longer does, the list is out of date, and that is an error.
 */

export interface PlantedBug {
  readonly name: string;
  /** What is promised. */
  readonly promise: string;
  /** From the root of the project. */
  readonly file: string;
  readonly changes: readonly { readonly from: string; readonly to: string }[];
  /** The project of vitest.config.ts, the test file, and the name of the test or of its group. */
  readonly caughtBy: { readonly project: 'unit' | 'engine' | 'faults'; readonly file: string; readonly test: string };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'a publication is closed before its outputs are in place',
    promise: 'outputs are all old or all new, wherever a build is killed',
    file: 'src/run/commit.ts',
    changes: [
      {
        from: '    publish(fs, layout, intent);',
        to: '    context.journal.close(intent.id);\n    publish(fs, layout, intent);',
      },
    ],
    caughtBy: { project: 'engine', file: 'test/engine/crash.test.ts', test: 'killed at any step of a build' },
  },
  {
    name: 'a command writes in place without an intent',
    promise: 'what a killed command left half is undone',
    file: 'src/run/begin-attempt.ts',
    changes: [{ from: '  if (outputs.length === 0) return;', to: '  if (outputs.length >= 0) return;' }],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/crash.test.ts',
      test: 'killed at any step of a stage that fails',
    },
  },
  {
    name: 'recovery forgets to put old bytes back',
    promise: 'recovery undoes what it cannot finish',
    file: 'src/store/recover.ts',
    changes: [{ from: '    if (aside !== null) move(fs, aside, final);', to: '' }],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/crash.test.ts',
      test: 'killed at any step of a stage that fails',
    },
  },
  {
    name: 'what has a digest counts as known',
    promise: "nothing of the user's is lost",
    file: 'src/store/displace.ts',
    changes: [{ from: '  if (found.isKnown) return', to: '  if (found.isKnown || found.digest) return' }],
    caughtBy: { project: 'engine', file: 'test/engine/crash.test.ts', test: 'what somebody edited is never lost' },
  },
  {
    name: 'the journal is not synced',
    promise: 'the power may go at any moment',
    file: 'src/store/journal.ts',
    changes: [
      { from: '    this.#open.add(intent.id);\n    await this.#synced();', to: '    this.#open.add(intent.id);' },
    ],
    caughtBy: { project: 'unit', file: 'test/unit/store/journal.test.ts', test: '' },
  },
  {
    name: 'stat keys count after the machine was started again',
    promise: 'an output that a power cut emptied does not pass for fresh',
    file: 'src/store/index-file.ts',
    changes: [{ from: '  if (stored.boot_id === bootId) for', to: '  for' }],
    caughtBy: { project: 'engine', file: 'test/engine/freshness.test.ts', test: 'after the machine was started again' },
  },
  {
    name: 'restored bytes are not compared with their digest',
    promise: 'a hit is verified',
    file: 'src/store/blob-store.ts',
    changes: [{ from: '    if (copied !== sha) {', to: '    if (copied === undefined) {' }],
    caughtBy: { project: 'engine', file: 'test/engine/damaged-store.test.ts', test: 'a byte is flipped' },
  },
  {
    name: 'state files are believed without their checksum',
    promise: 'a damaged state file is as good as none',
    file: 'src/store/sealed-json.ts',
    changes: [
      {
        from: 'text.slice(0, end) !== `wrangle ',
        to: 'text.slice(0, end) === `no wrangle ',
      },
    ],
    caughtBy: { project: 'engine', file: 'test/engine/damaged-store.test.ts', test: 'a record is a flipped byte' },
  },
  {
    name: 'lines of the journal are believed without their checksum',
    promise: 'a journal that was cut or damaged is followed up to the damage',
    file: 'src/store/journal.ts',
    changes: [{ from: "if (json === '' || ", to: "if (json === '' || json === " }],
    caughtBy: { project: 'unit', file: 'test/unit/store/journal.test.ts', test: '' },
  },
  {
    name: 'inputs are not looked at again after the command',
    promise: 'nothing stale passes for fresh',
    file: 'src/run/check-inputs.ts',
    changes: [
      { from: '    if (old.get(path) !== current.get(path)) changed.add(path);', to: '' },
      { from: '!== stamp) changed.add(path);', to: '!== stamp) changed.delete(path);' },
    ],
    caughtBy: { project: 'engine', file: 'test/engine/failures.test.ts', test: '' },
  },
  {
    name: 'the stat key is taken after the file was read',
    promise: 'an edit while a file is hashed is noticed',
    file: 'src/digest/file-digests.ts',
    changes: [
      { from: '      if (fs.stat(absolute)?.key !== before.key) continue;\n', to: '' },
      {
        from: 'this.#remember(path, before, digest, startedAt);',
        to: 'this.#remember(path, fs.stat(absolute) ?? before, digest, startedAt);',
      },
    ],
    caughtBy: { project: 'unit', file: 'test/unit/digest/file-digests.test.ts', test: '' },
  },
  {
    name: 'the racy rule is off',
    promise: 'an edit within one tick of the clock is noticed',
    file: 'src/digest/file-digests.ts',
    changes: [{ from: '    if (trustedAfter < hashedAt) {', to: '    if (trustedAfter > 0n) {' }],
    caughtBy: {
      project: 'faults',
      file: 'test/faults/racy-edits.test.ts',
      test: 'on a disk whose clock goes in steps',
    },
  },
  {
    name: 'the index is believed about bytes that are not its own any more',
    promise: 'the bytes are the truth',
    file: 'src/plan/decide.ts',
    changes: [{ from: ' && output.digest === digest;', to: ';' }],
    caughtBy: { project: 'faults', file: 'test/faults/model.test.ts', test: 'as good as a clean one' },
  },
  {
    name: 'variables of a stage are not part of its fingerprint',
    promise: 'everything that matters is in the fingerprint',
    file: 'src/digest/fingerprint.ts',
    changes: [
      {
        from: "  for (const [name, value] of Object.entries(stage.env)) add('env', name, templateText(value));",
        to: '',
      },
    ],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/freshness.test.ts',
      test: 'when the command, a variable, the version or an output path changed',
    },
  },
  {
    name: 'a stopped stage leaves what it wrote in place',
    promise: 'Ctrl-C leaves outputs as they were',
    file: 'src/run/try-once.ts',
    changes: [
      {
        from: "if (context.signal.aborted && end.process?.how === 'cancelled') {",
        to: "if (context.signal.aborted && end.process?.how === 'cancelled') {\n    return { how: 'cancelled' };",
      },
    ],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/scheduling.test.ts',
      test: 'written in place: the old bytes come back',
    },
  },
  {
    name: 'the lock is held whatever flock says',
    promise: 'one build at a time in a workspace',
    file: 'src/host/flock-lock.ts',
    changes: [{ from: '      if (isOurs && !isReplaced(fd, path))', to: '      if (isOurs || !isReplaced(fd, path))' }],
    caughtBy: { project: 'faults', file: 'test/faults/locks.test.ts', test: 'one holder at a time' },
  },
  {
    name: 'only the leader of a group is killed',
    promise: 'no process of a stage outlives it',
    file: 'src/host/process-group.ts',
    changes: [{ from: '      process.kill(-this.#id, signal);', to: '      process.kill(this.#id, signal);' }],
    caughtBy: { project: 'unit', file: 'test/unit/host/process-runner.test.ts', test: '' },
  },
  {
    name: 'secrets are masked piece by piece',
    promise: 'no secret is in anything printed or kept, however it was cut',
    file: 'src/util/redact.ts',
    changes: [{ from: '    return this.#release(start);', to: '    return this.#release(from + chunk.length);' }],
    caughtBy: { project: 'unit', file: 'test/unit/util/redact.test.ts', test: '' },
  },
  {
    name: 'folders above an output are followed wherever they lead',
    promise: 'nothing outside the workspace is touched',
    file: 'src/store/publish.ts',
    changes: [{ from: '? undefined : real;', to: '? undefined : undefined;' }],
    caughtBy: { project: 'unit', file: 'test/unit/store/recover.test.ts', test: 'a link that leads outside' },
  },
  {
    name: 'what a failed attempt wrote is not kept',
    promise: 'what a failed attempt left is kept aside',
    file: 'src/run/staging.ts',
    changes: [{ from: '  fs.rename(from, to);\n  return true;', to: '  return true;' }],
    caughtBy: { project: 'engine', file: 'test/engine/failures.test.ts', test: 'what a failed stage leaves' },
  },
  {
    name: 'what the store did not take is recorded all the same',
    promise: 'a record names blobs that are there',
    file: 'src/run/commit.ts',
    changes: [{ from: 'commit.record && context.writeStore && kept.complete;', to: 'commit.record;' }],
    caughtBy: { project: 'engine', file: 'test/engine/damaged-store.test.ts', test: 'what the store did not take' },
  },
  {
    name: 'the proof of a no-op ignores the journal',
    promise: 'what a killed command left is finished or undone by the next one',
    file: 'src/engine/idle-proof.ts',
    changes: [{ from: '(fs.lstat(layout.journal)?.size ?? 0) > 0 || ', to: '' }],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/rollback.test.ts',
      test: 'killed when it had only said what it is going to do',
    },
  },
  {
    name: 'a cleaning takes what is needed now',
    promise: 'a cleaning takes nothing that the workspace needs',
    file: 'src/store/choose-garbage.ts',
    changes: [{ from: "  if (rules.needs.fingerprints.has(record.fingerprint)) return 'needed';\n", to: '' }],
    caughtBy: { project: 'faults', file: 'test/faults/model.test.ts', test: 'as good as a clean one' },
  },
  {
    name: 'a transaction that fails leaves what was made',
    promise: 'outputs of a transaction go back together',
    file: 'src/run/transactions.ts',
    changes: [
      {
        from: 'await putBack(this.#parts, this.#of, this.#snapshot);',
        to: 'await putBack(this.#parts, this.#of, []);',
      },
    ],
    caughtBy: { project: 'faults', file: 'test/faults/model.test.ts', test: 'as good as a clean one' },
  },
  {
    name: 'an answer of a worker counts before the worker is ready again',
    promise: 'a plugin that misbehaves fails one attempt, and no other is the worse for it',
    file: 'src/host/worker.ts',
    changes: [
      { from: '    serving.answer = result;\n', to: '    serving.answer = result;\n    void this.#finish(serving);\n' },
    ],
    caughtBy: {
      project: 'unit',
      file: 'test/unit/host/worker-pool.test.ts',
      test: 'exit code 1 or a signal after the answer is told beside it',
    },
  },
  {
    name: 'what is edited while a round runs is not looked at',
    promise: 'watching loses no edit, whenever it comes',
    file: 'src/watch/watcher.ts',
    changes: [
      { from: "        } else if (name === 'building-and-dirty') {", to: '        } else if (name === undefined) {' },
    ],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/watch-builds.test.ts',
      test: 'though nothing more is told of',
    },
  },
  {
    name: 'a look at everything is forgotten',
    promise: 'watching finds what nobody told it of',
    file: 'src/watch/watcher.ts',
    changes: [{ from: "    if (hints === 'everything' || known.size", to: '    if (known.size' }],
    caughtBy: { project: 'engine', file: 'test/engine/watch.test.ts', test: 'after a gap in time' },
  },
  {
    name: 'a stage that failed is tried again as it is',
    promise: 'watching tries again when something has changed, and not before',
    file: 'src/engine/rounds/tried-stages.ts',
    changes: [
      {
        from: '    if (this.#tried.get(id) !== now) return false;',
        to: '    if (now !== undefined) return false;',
      },
    ],
    caughtBy: { project: 'engine', file: 'test/engine/watch.test.ts', test: 'a stage that fails is waited out' },
  },
  {
    name: 'a new pipeline counts as built when its round could not be',
    promise: 'watching loses no edit, whenever it comes',
    file: 'src/engine/rounds/open-pipeline.ts',
    changes: [{ from: "    if (isReloaded) this.#owed = 'everything';\n", to: '' }],
    caughtBy: {
      project: 'engine',
      file: 'test/engine/watch-builds.test.ts',
      test: 'a new pipeline is not forgotten when an input of it is not there yet',
    },
  },
];
