import type { Person } from '../domain/person.ts';
import type { Role } from '../domain/roles.ts';

export type RoleStore = {
  /** Undefined where the person has no role of their own. */
  roleOf(person: Person): Promise<Role | undefined>;
  /** `platform:tenant/user` of everyone who has at least this role. */
  holders(role: Role): Promise<readonly string[]>;
  /** Grants admin to these where nobody has any role yet; false where somebody has. */
  seedAdmins(keys: readonly string[]): Promise<boolean>;
  /** Everyone who has a role of their own, by key. */
  all(): Promise<readonly { readonly key: string; readonly role: Role }[]>;
  /** Gives a role of their own, in the place of another. The last admin keeps theirs. */
  grant(key: string, role: Role): Promise<RoleChange>;
  /** Takes it away: then the default role counts. The last admin keeps theirs. */
  revoke(key: string): Promise<RoleChange>;
};

export type RoleChange =
  | { readonly result: 'changed'; readonly before: Role | undefined }
  | { readonly result: 'unchanged'; readonly before: Role | undefined }
  /** Somebody must be left who may give roles. */
  | { readonly result: 'last-admin' };

/** The one-time code that makes the first admin; kept as a digest only. */
export type ClaimStore = {
  /** Replaces an older one. */
  issue(digest: string, validForMs: number): Promise<void>;
  /** Takes it where it fits, is not too old and was not missed too often; each miss is counted. */
  take(
    digest: string,
    triesAtMost: number,
  ): Promise<'taken' | 'wrong' | 'expired' | 'too-many-tries' | 'none'>;
};

/** Remembers what was handled, so that a repeated event is handled once. */
export type SeenStore = {
  /** True the first time. */
  first(key: string): Promise<boolean>;
  /** Forgets what was seen longer ago, by the database server's clock. Returns how many. */
  forget(olderThanMs: number): Promise<number>;
};

export type AuditEntry = {
  readonly at: Date;
  readonly actor: string;
  readonly actorName: string;
  readonly platform: string;
  readonly command: string;
  readonly target?: string;
  /** The plan project it was about. */
  readonly projectId?: string;
  readonly before?: string;
  readonly after?: string;
  readonly outcome: string;
};

export type AuditStore = {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  entries(query: {
    readonly projectId?: string;
    readonly offset: number;
    readonly limit: number;
  }): Promise<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }>;
};

/** Whose direct messages tell of failures and recoveries. */
export type FollowStore = {
  /** `mine`: whatever projects are theirs at the time. False where it stood so already. */
  follow(person: Person, what: FollowTarget): Promise<boolean>;
  unfollow(person: Person, what: FollowTarget): Promise<boolean>;
  of(person: Person): Promise<readonly FollowTarget[]>;
  /** Keys of the people who follow one of these projects by name. */
  followersOf(projectId: string): Promise<readonly string[]>;
  /** Everyone who follows whatever is theirs. */
  followersOfMine(): Promise<readonly string[]>;
  /** Everyone who follows anything. */
  everyone(): Promise<readonly string[]>;
};
export type FollowTarget = { readonly projectId: string } | 'mine';

/** Which ConnectWise member somebody of a chat is, where their e-mail address does not tell. */
export type IdentityStore = {
  memberOf(key: string): Promise<number | undefined>;
  set(key: string, memberId: number): Promise<void>;
};
