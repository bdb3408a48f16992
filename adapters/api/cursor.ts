/** Where a page ended, in a form that nobody is tempted to make up. */
import { Problem } from './problems.ts';

export function cursorOf(id: string): string {
  return Buffer.from(id, 'utf8').toString('base64url');
}

/** @throws Problem 400 */
export function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (id === '' || cursorOf(id) !== cursor)
    throw new Problem('malformed', 'cursor: take it from “next” of the page before.');
  return id;
}
