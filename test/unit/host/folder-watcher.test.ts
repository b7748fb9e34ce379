// News of real folders. A test waits for the news itself; that there is none is shown by news of what came after.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import nodeFs, * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isWithin } from '../../../src/digest/tree.ts';
import { watchFolders } from '../../../src/host/folder-watcher.ts';
import type { FolderWatcher, WatchedPlaces, WatchNews } from '../../../src/ports/folder-watcher.ts';
import { bundle } from '../../support/bundle.ts';

let root: string;
const open: FolderWatcher[] = [];

beforeEach(() => {
  root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'wrangle-watch-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((watcher) => watcher.close()));
  fs.rmSync(root, { recursive: true, force: true });
});

const at = (path: string) => join(root, path);
const makeFolder = (path: string) => fs.mkdirSync(at(path), { recursive: true });
const write = (path: string, text = 'text') => fs.writeFileSync(at(path), text);

/** What was told, paths from the root of the test; whoever waits is woken by each. */
class News {
  #told: WatchNews[] = [];
  #wake: () => void = () => undefined;
  #probes = 0;

  readonly listen = (news: WatchNews): void => {
    this.#told.push(news);
    this.#wake();
  };

  get hints(): string[] {
    return this.#told.flatMap((news) => (news.type === 'hint' ? [news.path.slice(root.length + 1)] : []));
  }

  get blind(): string[] {
    return this.#told.flatMap((news) => (news.type === 'blind' ? [news.reason] : []));
  }

  get hasOverflow(): boolean {
    return this.#told.some(({ type }) => type === 'overflow');
  }

  async until(isTold: () => boolean): Promise<void> {
    while (!isTold()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Does something, and waits for a hint that leads to a path. */
  async after(act: () => void, path: string): Promise<void> {
    this.#told = [];
    act();
    await this.until(() => this.hints.some((hint) => isWithin(at(path), at(hint))));
  }

  /** Writes files there until one of them is told of by its own name: the folder itself is watched. Every one is told of. */
  async folderIsWatched(folder: string): Promise<void> {
    for (;;) {
      this.#probes += 1;
      const probe = join(folder, `probe-${this.#probes}`);
      await this.after(() => write(probe), probe);
      if (this.hints.includes(probe)) return;
    }
  }

  /** All that is told of until a file there is: what happened before would be among it. */
  async upToNow(folder: string): Promise<string[]> {
    this.#probes += 1;
    const probe = join(folder, `probe-${this.#probes}`);
    write(probe);
    await this.until(() => this.hints.includes(probe));
    const before = this.hints.slice(0, this.hints.indexOf(probe));
    this.#told = [];
    return before.filter((hint) => !/probe-\d+$/.test(hint));
  }
}

async function watch(places: Partial<WatchedPlaces>): Promise<News> {
  const absolute = (paths: readonly string[] = []) => paths.map(at);
  const news = new News();
  const watched = {
    folders: absolute(places.folders),
    trees: absolute(places.trees),
    ignored: absolute(places.ignored),
  };
  open.push(await watchFolders(watched, news.listen));
  return news;
}

describe('saves', () => {
  test.each<[string, () => void]>([
    ['truncate and write', () => write('in/rows.csv', 'new')],
    ['append', () => fs.appendFileSync(at('in/rows.csv'), 'more')],
    ['a new file that is renamed into place', () => renameInto('in/rows.csv')],
    ['a backup beside it', () => backUp('in/rows.csv')],
    ['sed -i', () => execFileSync('sed', ['-i', 's/text/test/', at('in/rows.csv')])],
  ])('%s is told of, every time', async (_, save) => {
    makeFolder('in');
    write('in/rows.csv');
    const news = await watch({ folders: ['in'] });
    for (let nth = 0; nth < 3; nth += 1) {
      save();
      expect(await news.upToNow('in')).toContain('in/rows.csv');
    }
  });

  const renameInto = (path: string) => {
    write(`${path}.tmp`);
    fs.renameSync(at(`${path}.tmp`), at(path));
  };
  const backUp = (path: string) => {
    fs.renameSync(at(path), at(`${path}~`));
    write(path);
  };
});

test('of a folder its entries count, not what lies deeper; of a tree everything', async () => {
  makeFolder('folder/sub');
  makeFolder('tree/sub/deep');
  const news = await watch({ folders: ['folder'], trees: ['tree'] });
  write('folder/sub/a');
  write('folder/b');
  write('tree/sub/deep/c');
  fs.rmSync(at('tree/sub/deep/c'));
  write('beside');
  expect(new Set(await news.upToNow('folder'))).toEqual(new Set(['folder/b', 'tree/sub/deep/c']));
});

test('what is ignored is not told of', async () => {
  makeFolder('.wrangle/runs');
  makeFolder('data/.cache');
  const news = await watch({ folders: ['.wrangle/runs'], trees: [''], ignored: ['.wrangle', 'data/.cache'] });
  write('.wrangle/index');
  write('.wrangle/runs/1');
  write('data/.cache/x');
  fs.rmSync(at('data/.cache'), { recursive: true });
  makeFolder('data/.cache/more');
  write('data/.cached');
  expect(new Set(await news.upToNow(''))).toEqual(new Set(['data/.cached']));
  await news.folderIsWatched('data');
});

test('a place that does not exist yet is told of, however it comes', async () => {
  const news = await watch({ folders: ['a/b/c'] });
  await news.after(() => {
    makeFolder('a/b/c');
    write('a/b/c/first');
  }, 'a/b/c/first');
  await news.folderIsWatched('a/b/c');
  await news.after(() => fs.rmSync(at('a'), { recursive: true }), 'a/b/c');
  makeFolder('other/b/c');
  await news.after(() => fs.renameSync(at('other'), at('a')), 'a/b/c');
  await news.folderIsWatched('a/b/c');
});

test('on the way to a place only what leads there is told of', async () => {
  makeFolder('a/other');
  const news = await watch({ folders: ['a/b/c', 'beside'] });
  makeFolder('beside');
  await news.folderIsWatched('beside');
  write('a/x');
  write('a/other/x');
  write('x');
  expect(await news.upToNow('beside')).toEqual([]);
});

describe.each([['folders'], ['trees']] as const)('of %s', (kind) => {
  test('one that is removed and made again is watched again', async () => {
    makeFolder('in/sub');
    const news = await watch({ [kind]: ['in'] });
    for (let nth = 0; nth < 3; nth += 1) {
      await news.after(() => {
        fs.rmSync(at('in'), { recursive: true });
        makeFolder('in/sub');
        write('in/rows');
      }, 'in/rows');
      // A folder tells of itself as of an entry of its name.
      expect(news.hints).not.toContain('in/in');
      await news.folderIsWatched('in');
      expect(news.hints).not.toContain('in/in');
    }
  });

  test('one that is replaced by a link is followed, and the other way round', async () => {
    makeFolder('in');
    makeFolder('elsewhere');
    const news = await watch({ [kind]: ['in'] });
    await news.after(() => {
      fs.rmdirSync(at('in'));
      fs.symlinkSync(at('elsewhere'), at('in'));
    }, 'in/rows');
    await news.folderIsWatched('in');
    await news.after(() => write('elsewhere/rows'), 'in/rows');
    expect(news.hints).toContain('in/rows');
    await news.after(() => {
      fs.unlinkSync(at('in'));
      makeFolder('in');
    }, 'in');
    await news.folderIsWatched('in');
  });

  test('one whose parent is moved away and replaced is watched again', async () => {
    makeFolder('data/in');
    makeFolder('next/in');
    const news = await watch({ [kind]: ['data/in'] });
    await news.after(() => {
      fs.renameSync(at('data'), at('before'));
      fs.renameSync(at('next'), at('data'));
    }, 'data/in');
    await news.folderIsWatched('data/in');
    // Nothing is told any more of what was moved away.
    write('before/in/x');
    expect((await news.upToNow('data/in')).filter((hint) => hint.endsWith('/x'))).toEqual([]);
  });

  test('a link to it is followed, wherever it leads', async () => {
    makeFolder('v1/in');
    makeFolder('v2/in');
    fs.symlinkSync('v1', at('current'));
    fs.symlinkSync('current/in', at('in'));
    const news = await watch({ [kind]: ['in'] });
    await news.folderIsWatched('in');
    await news.after(() => {
      fs.symlinkSync('v2', at('next'));
      fs.renameSync(at('next'), at('current'));
    }, 'in');
    await news.folderIsWatched('in');
    await news.after(() => fs.rmSync(at('v2'), { recursive: true }), 'in');
    await news.after(() => makeFolder('v2/in'), 'in');
    await news.folderIsWatched('in');
  });
});

test('a link that leads nowhere yet is followed as soon as it leads somewhere', async () => {
  fs.symlinkSync('not/yet', at('in'));
  const news = await watch({ trees: ['in'] });
  await news.after(() => makeFolder('not/yet/sub'), 'in/sub');
  await news.folderIsWatched('in/sub');
});

test('links inside a tree are not followed', async () => {
  makeFolder('tree');
  makeFolder('far/sub');
  fs.symlinkSync(at('far'), at('tree/link'));
  const news = await watch({ trees: ['tree'] });
  write('far/sub/x');
  write('far/x');
  expect(await news.upToNow('tree')).toEqual([]);
});

test('a tree that is moved in at once is watched to its depth', async () => {
  makeFolder('tree');
  makeFolder('outside/one/two/three');
  const news = await watch({ trees: ['tree'] });
  await news.after(() => fs.renameSync(at('outside'), at('tree/inside')), 'tree/inside/one');
  await news.folderIsWatched('tree/inside/one/two/three');
  await news.after(() => fs.renameSync(at('tree/inside/one'), at('tree/one')), 'tree/one');
  await news.folderIsWatched('tree/one/two/three');
});

test('folders that are made one in the other are all watched, however fast', async () => {
  makeFolder('tree');
  const news = await watch({ trees: ['tree'] });
  for (let nth = 0; nth < 50; nth += 1) {
    // By another process, so that folders come while others are being listed.
    execFileSync('mkdir', ['-p', at(`tree/${nth}/a/b/c/d/e`)]);
  }
  for (let nth = 0; nth < 50; nth += 1) await news.folderIsWatched(`tree/${nth}/a/b/c/d/e`);
});

describe('whatever others do at once', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const commands = fc.array(
    fc.oneof(
      path.map((folder) => `mkdir -p ${folder}`),
      path.map((folder) => `rm -rf ${folder}`),
      fc.tuple(path, path).map(([from, to]) => `mv ${from} ${to}`),
      fc.tuple(path, path).map(([from, to]) => `cp -r ${from} ${to}`),
      fc.tuple(path, path).map(([to, link]) => `ln -sfn ${to} ${link}`),
    ),
    { minLength: 20, maxLength: 60 },
  );
  const run = (lines: readonly string[], cwd: string) =>
    once(spawn('sh', ['-c', lines.join('\n')], { cwd: at(cwd), stdio: 'ignore' }), 'exit');
  const isFolder = (folder: string) => {
    try {
      return fs.statSync(at(folder)).isDirectory();
    } catch {
      return false;
    }
  };

  test('to a tree, in the end all its folders are watched', async () => {
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(commands, commands, async (some, others) => {
        nth += 1;
        const tree = `tree-${nth}`;
        makeFolder(tree);
        const news = await watch({ trees: [tree] });
        await Promise.all([run(some, tree), run(others, tree)]);
        const entries = fs.readdirSync(at(tree), { recursive: true, withFileTypes: true });
        const folders = entries.filter((entry) => entry.isDirectory());
        for (const { parentPath, name } of folders) {
          await news.folderIsWatched(join(parentPath, name).slice(root.length + 1));
        }
      }),
      { numRuns: 20 },
    );
  });

  test('on the ways to places, in the end all those that are there are watched', async () => {
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(commands, commands, async (some, others) => {
        nth += 1;
        const top = `top-${nth}`;
        makeFolder(top);
        const places = ['a', 'a/b', 'b/a/c', 'c/b'].map((place) => `${top}/${place}`);
        const news = await watch({ folders: places.slice(0, 2), trees: places.slice(2) });
        await Promise.all([run(some, top), run(others, top)]);
        for (const place of places.filter(isFolder)) await news.folderIsWatched(place);
      }),
      { numRuns: 20 },
    );
  });
});

test('when more happens than the kernel keeps, it says so, and watches what it missed', async () => {
  makeFolder('tree');
  const news = await watch({ trees: ['tree'] });
  // Nothing is read meanwhile.
  execFileSync('sh', ['-c', 'seq 30000 | xargs touch && mkdir -p new/sub'], { cwd: at('tree') });
  await news.until(() => news.hasOverflow);
  await news.folderIsWatched('tree/new/sub');
});

test('a folder whose entry has its name tells of both', async () => {
  makeFolder('in/in');
  const news = await watch({ trees: ['in'] });
  await news.after(() => {
    fs.rmSync(at('in/in'), { recursive: true });
    makeFolder('in/in');
  }, 'in/in');
  await news.folderIsWatched('in/in');
  await news.folderIsWatched('in');
});

test('an edit of another process deep in a tree of a thousand folders is told of', async () => {
  for (let nth = 0; nth < 1000; nth += 1) makeFolder(`tree/${nth % 10}/${nth % 100}/${nth}`);
  const news = await watch({ trees: ['tree'] });
  await news.after(() => execFileSync('touch', [at('tree/9/99/999/x')]), 'tree/9/99/999/x');
  expect(news.hints).toContain('tree/9/99/999/x');
});

describe('when it cannot watch', () => {
  // In a process of its own, which has limits of its own.
  const tell = `
    import { openSync } from 'node:fs';
    import { watchFolders } from './src/host/folder-watcher.ts';
    const [tree, how] = process.argv.slice(2);
    if (how === 'out of files') try { for (;;) openSync('/dev/null'); } catch {}
    const watcher = await watchFolders({ folders: [tree], trees: [tree], ignored: [] }, (news) =>
      process.stdout.write(JSON.stringify(news) + '\\n'),
    );
    await watcher.close();`;
  const told = (wrapper: readonly string[], how = '') => {
    bundle(tell, at('tell.mjs'));
    const [file = '', ...args] = [...wrapper, process.execPath, at('tell.mjs'), at('tree'), how];
    const lines = execFileSync(file, args, { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line): unknown => JSON.parse(line));
  };
  const inNamespace = (setting: string, value: number) => [
    'unshare',
    '-Ur',
    'sh',
    '-c',
    `echo ${value} > /proc/sys/user/${setting} && exec "$@"`,
    'sh',
  ];
  const kernel = (name: string) => fs.readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8').trim();

  beforeEach(() => {
    for (const name of ['a', 'b', 'c']) makeFolder(`tree/${name}/sub`);
  });

  test('because no file can be opened, it says so once', () => {
    expect(told(['sh', '-c', 'ulimit -n 64 && exec "$@"', 'sh'], 'out of files')).toEqual([
      {
        type: 'blind',
        reason: 'No more folders can be watched: the limit of open files is reached. Raise it: ulimit -n 65536',
      },
    ]);
  });

  const canLimit =
    spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 1 > /proc/sys/user/max_inotify_watches']).status === 0;
  test.runIf(canLimit)('because too many folders are watched, it names the setting and its value', () => {
    expect(told(inNamespace('max_inotify_watches', 4))).toEqual([
      {
        type: 'blind',
        reason:
          `No more folders can be watched: the limit fs.inotify.max_user_watches = ${kernel('max_user_watches')} is ` +
          'reached. Raise it: sudo sysctl fs.inotify.max_user_watches=524288',
      },
    ]);
  });

  test.runIf(canLimit)('because too many programs watch, it names the setting and its value', () => {
    expect(told(inNamespace('max_inotify_instances', 0))).toEqual([
      {
        type: 'blind',
        reason:
          `No more folders can be watched: the limit fs.inotify.max_user_instances = ${kernel('max_user_instances')} ` +
          'is reached. Raise it: sudo sysctl fs.inotify.max_user_instances=512',
      },
    ]);
  });
});

test('a folder that nobody may read is no news, and is watched as soon as they may', () => {
  const script = `
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
    import { watchFolders } from './src/host/folder-watcher.ts';
    const [tree] = process.argv.slice(2);
    const closed = tree + '/closed';
    mkdirSync(closed, { mode: 0o000 });
    const probe = () => writeFileSync(closed + '/probe', '');
    const watcher = await watchFolders({ folders: [], trees: [tree], ignored: [] }, async (news) => {
      if (news.type !== 'hint' || news.path === closed + '/probe') {
        console.log(JSON.stringify(news));
        await watcher.close();
      } else probe();
    });
    chmodSync(closed, 0o755);`;
  bundle(script, at('closed.mjs'));
  makeFolder('tree');
  fs.chmodSync(root, 0o755);
  fs.chmodSync(at('tree'), 0o777);
  // Root may read everything.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const told = execFileSync(process.execPath, [at('closed.mjs'), at('tree')], { encoding: 'utf8', ...user });
  expect(told).toBe(`{"type":"hint","path":"${at('tree/closed/probe')}"}\n`);
});

describe('what it holds', () => {
  const inotifyFiles = () =>
    fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).includes('inotify');
      } catch {
        return false;
      }
    });
  /** Of all open watches of this process, one line each. */
  const watches = () =>
    inotifyFiles().flatMap((fd) => fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify /gm) ?? []);
  const openFiles = () => fs.readdirSync('/proc/self/fd').length;

  test.runIf(process.platform === 'linux')('it gives back when it is closed', async () => {
    makeFolder('tree/a/b');
    fs.symlinkSync('tree', at('link'));
    const places = { folders: [at('none/here')], trees: [at('tree'), at('link')], ignored: [] };
    // The first one opens what Node keeps.
    await (await watchFolders(places, () => undefined)).close();
    const before = { files: openFiles(), inotify: inotifyFiles().length, watches: watches().length };
    for (let nth = 0; nth < 200; nth += 1) {
      const watcher = await watchFolders(places, () => undefined);
      if (nth % 2 === 0) makeFolder(`tree/${nth}`);
      await watcher.close();
    }
    const after = { files: openFiles(), inotify: inotifyFiles().length, watches: watches().length };
    expect(after).toEqual(before);
  });

  test.runIf(process.platform === 'linux')('does not grow with edits', async () => {
    makeFolder('tree');
    fs.symlinkSync('v0', at('link'));
    const news = await watch({ trees: ['tree', 'link'] });
    const edit = async (nth: number) => {
      write('tree/rows.tmp', `${nth}`);
      fs.renameSync(at('tree/rows.tmp'), at('tree/rows'));
      if (nth % 20 === 0) {
        makeFolder(`tree/scratch-${nth}/sub`);
        fs.rmSync(at(`tree/scratch-${nth}`), { recursive: true });
        makeFolder(`v${nth}`);
        fs.symlinkSync(`v${nth}`, at('next'));
        fs.renameSync(at('next'), at('link'));
      }
      await news.upToNow('tree');
    };
    await edit(0);
    await news.folderIsWatched('link');
    const before = { files: openFiles(), watches: watches().length };
    for (let nth = 1; nth <= 2000; nth += 1) await edit(nth);
    await news.folderIsWatched('link');
    expect({ files: openFiles(), watches: watches().length }).toEqual(before);
  });
});

describe('what the system can do to it', () => {
  const { watch: watchReally, statfsSync } = nodeFs;
  afterEach(() => {
    Object.assign(nodeFs, { watch: watchReally, statfsSync });
    syncBuiltinESMExports();
  });
  const replace = (calls: Partial<typeof nodeFs>) => {
    Object.assign(nodeFs, calls);
    syncBuiltinESMExports();
  };

  test('a watch that breaks is made again, and all may have changed', async () => {
    makeFolder('tree/sub');
    const broken = new Map<string, fs.FSWatcher>();
    replace({
      watch: ((path: string, listener: fs.WatchListener<string>) => {
        const made = watchReally(path, listener);
        broken.set(path, made);
        return made;
      }) as typeof watchReally,
    });
    const news = await watch({ trees: ['tree'] });
    const first = broken.get(at('tree/sub'));
    first?.close();
    first?.emit('error', new Error('EIO'));
    await news.until(() => news.hasOverflow);
    await news.folderIsWatched('tree/sub');
  });

  test.runIf(process.platform === 'linux')('a network file system is named, once', async () => {
    makeFolder('tree/sub');
    replace({
      statfsSync: ((path: string) => ({ ...statfsSync(path), type: 0x6969 })) as typeof statfsSync,
    });
    const news = await watch({ trees: ['tree'] });
    expect(news.blind).toEqual([
      `"${at('tree')}" is on a network file system (NFS), which does not tell what other machines change.`,
    ]);
    await news.folderIsWatched('tree/sub');
  });

  test('what it cannot name is told in the words of the system', async () => {
    makeFolder('tree');
    replace({
      watch: (() => {
        throw Object.assign(new Error('ENOMEM: not enough memory, watch'), { code: 'ENOMEM' });
      }) as typeof watchReally,
    });
    const news = await watch({ trees: ['tree'] });
    expect(news.blind).toEqual(['Folders cannot be watched: ENOMEM: not enough memory, watch']);
  });
});

test('nothing is told any more when it is closed', async () => {
  makeFolder('tree');
  const closed: WatchNews[] = [];
  const watcher = await watchFolders({ folders: [], trees: [at('tree')], ignored: [] }, (news) => closed.push(news));
  const news = await watch({ trees: ['tree'] });
  await news.folderIsWatched('tree');
  await watcher.close();
  const before = closed.length;
  await news.folderIsWatched('tree');
  expect(closed.length).toBe(before);
});
