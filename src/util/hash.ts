import { createHash } from 'node:crypto';
import * as crypto from 'node:crypto';

/** sha256 of a text (UTF-8) or of bytes, as 64 lowercase hex digits. */
export function sha256(data: string | Uint8Array): string {
  return crypto.hash === undefined ? createHash('sha256').update(data).digest('hex') : crypto.hash('sha256', data, 'hex');
}
