import type { Person } from '../domain/person.ts';
import type { Role } from '../domain/roles.ts';

export type RoleStore = {
  /** Undefined where the person has no role of their own. */
  roleOf(person: Person): Promise<Role | undefined>;
  /** `platform:tenant/user` of everyone who has at least this role. */
  holders(role: Role): Promise<readonly string[]>;
  /** Grants admin to these where nobody has any role yet; false where somebody has. */
  seedAdmins(keys: readonly string[]): Promise<boolean>;
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
  readonly before?: string;
  readonly after?: string;
  readonly outcome: string;
};

export type AuditStore = { append(entry: AuditEntry): Promise<void> };
