// What only the real disk can do to NodeFileSystem: odd bytes in names, devices, rights, errors in the middle.
import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyContents } from '../../../src/host/file-contents.ts';
import { NodeFileSystem } from '../../../src/host/node-file-system.ts';
import { sha256 } from '../../../src/util/hash.ts';

const fs = new NodeFileSystem();
let root: string;

beforeEach(() => {
  root = nodeFs.mkdtempSync(join(tmpdir(), 'wrangle-disk-'));
});
afterEach(() => nodeFs.rmSync(root, { recursive: true, force: true }));

const at = (name: string) => join(root, name);

test('a name that is not UTF-8 is an error that shows its bytes', () => {
  nodeFs.writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9, 0x5c])]), '');
  expect(() => fs.readFolder(root)).toThrow(
    expect.objectContaining({
      code: 'EILSEQ',
      message: `EILSEQ: name is not UTF-8: "caf\\xe9\\x5c", scandir '${root}'`,
    }),
  );
});

test('a link text that is not UTF-8 is an error that shows its bytes', () => {
  nodeFs.symlinkSync(Buffer.from([0x61, 0xff]), at('link'));
  expect(() => fs.readLink(at('link'))).toThrow(
    expect.objectContaining({
      code: 'EILSEQ',
      message: `EILSEQ: link text is not UTF-8: "a\\xff", readlink '${at('link')}'`,
    }),
  );
});

test('remove takes names that are not UTF-8', () => {
  fs.makeFolder(at('tree'));
  nodeFs.mkdirSync(Buffer.concat([Buffer.from(`${root}/tree/`), Buffer.from([0xff])]));
  nodeFs.writeFileSync(Buffer.concat([Buffer.from(`${root}/tree/`), Buffer.from([0xff]), Buffer.from('/\xfe')]), '');
  fs.remove(at('tree'));
  expect(nodeFs.readdirSync(root)).toEqual([]);
});

test('remove takes a deep tree', () => {
  const deep = Array.from({ length: 900 }, () => 'd').join('/');
  fs.makeFolder(at(deep));
  fs.remove(at('d'));
  expect(nodeFs.readdirSync(root)).toEqual([]);
});

test('remove opens folders that are closed to their owner', () => {
  // Root may do everything, so the removal runs as somebody else when the tests run as root.
  fs.makeFolder(at('tree/closed/inner'));
  fs.writeFile(at('tree/closed/inner/file'), '');
  fs.writeFile(at('tree/closed/file'), '');
  nodeFs.chmodSync(at('tree/closed/inner'), 0o000);
  nodeFs.chmodSync(at('tree/closed'), 0o500);
  asOrdinaryUser(() => fs.remove(at('tree')));
  expect(nodeFs.readdirSync(root)).toEqual([]);
});

test('named pipes and devices are refused at once', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const refusal = (operation: string, path: string) =>
    expect.objectContaining({ code: 'EINVAL', message: `EINVAL: not a regular file, ${operation} '${path}'` });
  for (const path of [at('pipe'), '/dev/zero']) {
    expect(() => fs.readFile(path)).toThrow(refusal('read', path));
    expect(() => fs.readText(path)).toThrow(refusal('read', path));
    await expect(fs.hashFile(path)).rejects.toEqual(refusal('hash', path));
    await expect(fs.copyFile(path, at('copy'))).rejects.toEqual(refusal('copy', path));
    expect(fs.lstat(path)?.type).toBe('other');
  }
  expect(nodeFs.readdirSync(root)).toEqual(['pipe']);
});

test('a full disk leaves no partial file', () => {
  // A process that may write files of 8 KiB at most meets the error in the middle of its write.
  const script = `
    import { NodeFileSystem } from './node-file-system.mjs';
    process.on('SIGXFSZ', () => undefined);
    const fs = new NodeFileSystem();
    const code = (error) => error.code;
    const told = [];
    try { fs.writeFile('written', 'x'.repeat(100_000)); } catch (error) { told.push(code(error)); }
    fs.appendFile('appended', 'kept\\n');
    try { fs.appendFile('appended', 'x'.repeat(100_000)); } catch (error) { told.push(code(error)); }
    for (const from of ['small', 'large']) await fs.copyFile(from, 'copy-' + from).catch((error) => told.push(code(error)));
    console.log(told.join());
  `;
  nodeFs.writeFileSync(at('small'), 'x'.repeat(100_000));
  nodeFs.writeFileSync(at('large'), 'x'.repeat(1_000_000));
  execFileSync('npx', [
    ...['esbuild', 'src/host/node-file-system.ts', '--bundle', '--platform=node', '--format=esm'],
    ...['--log-level=error', `--outfile=${at('node-file-system.mjs')}`],
  ]);
  nodeFs.writeFileSync(at('script.mjs'), script);
  const told = execFileSync('bash', ['-c', `ulimit -f 8; exec "${process.execPath}" script.mjs`], { cwd: root });
  expect(told.toString()).toBe('EFBIG,EFBIG,EFBIG,EFBIG\n');
  expect(nodeFs.readdirSync(root).sort()).toEqual(['appended', 'large', 'node-file-system.mjs', 'script.mjs', 'small']);
  expect(nodeFs.readFileSync(at('appended'), 'utf8')).toBe('kept\n');
});

test('a clone is hashed where it arrived and gets the mode of a new file', async () => {
  nodeFs.writeFileSync(at('from'), 'a'.repeat(300_000), { mode: 0o755 });
  const arrived = 'b'.repeat(300_000);
  const hashed = await copyContents(at('from'), at('to'), (_fd, from, to) => {
    nodeFs.copyFileSync(from, to);
    // The source is edited while it is cloned: what counts is what arrived.
    nodeFs.writeFileSync(to, arrived);
  });
  expect(hashed).toEqual({ sha256: sha256(arrived), size: 300_000 });
  expect(fs.stat(at('to'))?.mode).toBe(0o666 & ~process.umask());
});

test('where there are no clones the copy is made piece by piece', async () => {
  const text = 'a'.repeat(300_000);
  nodeFs.writeFileSync(at('from'), text);
  const hashed = await copyContents(at('from'), at('to'), (_fd, _from, to) => {
    nodeFs.rmSync(to);
    throw new Error('no clones here');
  });
  expect(hashed).toEqual({ sha256: sha256(text), size: 300_000 });
  expect(fs.readText(at('to'))).toBe(text);
});

function asOrdinaryUser(action: () => void): void {
  const { seteuid, geteuid } = process;
  if (!seteuid || geteuid?.() !== 0) {
    action();
    return;
  }
  execFileSync('chown', ['-R', '65534', root]);
  seteuid(65534);
  try {
    action();
  } finally {
    seteuid(0);
  }
}
