// A file is brought onto the disk, in place or by a thread; what the disk says against it is heard.
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileSync, syncFile } from '../../../src/host/file-sync.ts';

test('an open file is brought onto the disk, and a closed one is an error', async () => {
  const folder = nodeFs.mkdtempSync(join(tmpdir(), 'wrangle-sync-'));
  const fd = nodeFs.openSync(join(folder, 'file'), 'w');
  const file = new FileSync(fd);
  nodeFs.writeSync(fd, 'text');
  for (let times = 0; times < 10; times++) await file.sync();
  await syncFile(fd);
  nodeFs.closeSync(fd);
  nodeFs.rmSync(folder, { recursive: true });
  await expect(file.sync()).rejects.toThrow('EBADF');
  await expect(syncFile(fd)).rejects.toThrow('EBADF');
});
