import { MongoServerError } from 'mongodb';

/** The server's code for a write that a unique index refuses. */
export const duplicateKey = 11_000;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}
