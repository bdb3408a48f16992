import type { Role } from '../domain/roles.ts';

/** A bearer token of the HTTP API as it is kept: by what it is called, never as itself. */
export type ApiToken = {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  /** Name of who made it. */
  readonly createdBy: string;
  /** Of its last use, to the minute; absent where it was never used. */
  readonly usedAt?: Date;
};

export type ApiTokenStore = {
  /** Makes a token and returns it, for the only time; undefined where the name is taken. */
  create(token: Pick<ApiToken, 'name' | 'role' | 'createdBy'>): Promise<string | undefined>;
  /** Whose token that is, as of now; undefined for any text that is none. */
  find(token: string): Promise<Pick<ApiToken, 'name' | 'role'> | undefined>;
  /** In order of name. */
  all(): Promise<readonly ApiToken[]>;
  /** From now on it opens nothing. Returns what it was; undefined where there is none of that name. */
  revoke(name: string): Promise<Pick<ApiToken, 'role'> | undefined>;
};
