import { hash } from 'node:crypto';

/** sha256 of a text (as UTF-8) or of bytes, as 64 lowercase hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
