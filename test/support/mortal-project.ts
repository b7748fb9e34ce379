/** A workspace in memory whose builds are killed at one step of the disk after the other. */
import { expect } from 'vitest';
import { type Behaviour, EngineProject, type Run, succeed } from './engine-project.ts';
import { MortalFileSystem } from './mortal-file-system.ts';

interface Rehearsed extends Run {
  /** How many steps the build takes. */
  readonly steps: number;
  /** What comes of it. */
  readonly files: Readonly<Record<string, string>>;
}

export class MortalProject {
  readonly fs = new MortalFileSystem();
  readonly project = new EngineProject(this.fs);

  /** A build that is not killed. Then everything is as it was before. */
  async rehearse(behave?: Behaviour): Promise<Rehearsed> {
    const restore = this.fs.snapshot();
    this.fs.revive();
    const run = await this.#build(behave);
    const rehearsed = { ...run, steps: this.fs.steps, files: this.project.files() };
    restore();
    return rehearsed;
  }

  /**
   * For each step of a build: everything is as it is now, the build is killed at the step, and `check` looks at what is
   * left. `every` leaves out the steps in between.
   */
  async killBuilds(
    check: (step: number) => Promise<void>,
    { behave, every = 1 }: { readonly behave?: Behaviour; readonly every?: number } = {},
  ): Promise<void> {
    const { steps } = await this.rehearse(behave);
    const restore = this.fs.snapshot();
    for (let step = 1; step <= steps; step += every) {
      restore();
      this.fs.revive();
      this.fs.killAt = step;
      await this.#build(behave).catch((error: unknown) => {
        if (!this.fs.isDead) throw error;
      });
      expect(this.fs.isDead, `killed at step ${step}`).toBe(true);
      this.fs.revive();
      await check(step);
    }
  }

  /**
   * After a kill: for each step of the recovery, everything is as it is now, the recovery is killed at the step, the next
   * one is not, and `check` looks at what is left. Where there is nothing to finish or undo, nothing is done.
   */
  async killRecoveries(check: (step: number) => void): Promise<void> {
    if (this.#journal() === '') return;
    const crashed = this.fs.snapshot();
    for (let step = 1, isOver = false; !isOver; step++) {
      crashed();
      this.fs.revive();
      this.fs.killAt = step;
      await this.recoverOnly().catch(() => undefined);
      this.fs.revive();
      isOver = this.#journal() === '';
      await this.recoverOnly();
      check(step);
    }
  }

  /** Starts and is stopped before any stage can start: only recovery happens. */
  async recoverOnly(): Promise<void> {
    const running = this.project.start();
    running.stop();
    await running.done;
    expect(this.project.runner.started).toEqual([]);
  }

  /** The next build makes `fresh`, and the one after it finds nothing to do; nothing half-done is left. */
  async expectConverged(fresh: Readonly<Record<string, string>>): Promise<void> {
    const { outcomes } = await this.project.build();
    expect(Object.values(outcomes).filter((outcome) => !['ran', 'fresh', 'restored'].includes(outcome))).toEqual([]);
    expect(this.project.files()).toEqual(fresh);
    const again = await this.project.build();
    expect(again.started).toEqual([]);
    expect(new Set(Object.values(again.outcomes))).toEqual(new Set(['fresh']));
    const state = Object.keys(this.fs.tree('/w/.wrangle'));
    expect(state.filter((path) => /^(staging|store\/tmp)\/./.test(path))).toEqual([]);
    expect(this.#journal()).toBe('');
  }

  /** Names of what stepped aside. */
  displaced(): string[] {
    return Object.keys(this.fs.tree('/w/.wrangle/displaced'));
  }

  #journal(): string {
    return this.project.read('.wrangle/journal') ?? '';
  }

  #build(behave: Behaviour | undefined): Promise<Run> {
    return this.project.build({
      jobs: 1,
      behave: async (process): Promise<'done'> => {
        try {
          const answer = await Promise.resolve(behave?.(process));
          if (answer !== 'done') succeed(process);
        } catch (error) {
          // Commands end with the wrangle that started them.
          if (!this.fs.isDead) throw error;
          process.signal('SIGKILL');
        }
        return 'done';
      },
    });
  }
}
