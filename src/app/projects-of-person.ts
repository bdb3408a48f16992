/** Whose projects are whose: by the ConnectWise member that somebody of a chat is. */
import { type Person, personKey } from '../domain/person.ts';
import { searchForm } from '../domain/text.ts';
import type { ChatDirectory } from '../ports/chat.ts';
import type { IdentityStore } from '../ports/people.ts';
import type { Planner } from '../ports/planner.ts';
import type { ReferenceRow, ReferenceStore } from '../ports/reference-data.ts';

export type ProjectsOfPersonDeps = {
  readonly identities: IdentityStore;
  readonly directory: Pick<ChatDirectory, 'person'>;
  readonly reference: Pick<ReferenceStore, 'rows'>;
  readonly planner: Pick<Planner, 'projectsOfMember'>;
};

/** Somebody by `platform:tenant/user`, or as a person. */
type Who = string | Pick<Person, 'platform' | 'tenant' | 'userId'>;

/**
 * Ids of the plan projects that somebody manages in ConnectWise or is in the team of; none where it is not known
 * which member they are. Rejects with a `FailureError` where the chat platform does not answer.
 */
export async function projectsOf(deps: ProjectsOfPersonDeps, who: Who): Promise<ReadonlySet<string>> {
  const found = await memberOf(deps, who);
  return new Set(found.member ? await deps.planner.projectsOfMember(found.member.id) : []);
}

export type MemberFound = {
  readonly member?: ReferenceRow;
  /** The address that was looked for, where none was named. */
  readonly email?: string;
};

/** The member that was once named (`--as`), else the one with the same e-mail address. */
export async function memberOf(deps: ProjectsOfPersonDeps, who: Who): Promise<MemberFound> {
  const person = typeof who === 'string' ? fromKey(who) : who;
  if (!person) return {};
  const [named, members] = await Promise.all([
    deps.identities.memberOf(personKey(person)),
    deps.reference.rows('member'),
  ]);
  const member = named === undefined ? undefined : members.find(({ id }) => id === named);
  if (member) return { member };
  const email = (await deps.directory.person(person))?.email;
  if (email === undefined) return {};
  const same = people(members).filter((row) => emailOf(row) === searchForm(email));
  const found = same.find(({ inactive }) => !inactive) ?? same[0];
  return { email, ...(found ? { member: found } : {}) };
}

/** Members that somebody may mean: by identifier, e-mail address or name, surest first. */
export function membersLike(rows: readonly ReferenceRow[], typed: string): readonly ReferenceRow[] {
  const wanted = searchForm(typed);
  if (wanted === '') return [];
  const members = people(rows);
  const rules: readonly ((row: ReferenceRow) => boolean)[] = [
    ({ identifier }) => searchForm(identifier ?? '') === wanted,
    (row) => emailOf(row) === wanted,
    ({ name }) => searchForm(name ?? '') === wanted,
    ({ name }) => searchForm(name ?? '').includes(wanted),
  ];
  for (const rule of rules) {
    const found = members.filter(rule);
    if (found.length > 0) return found;
  }
  return [];
}

/** Without what ConnectWise shows no more, and without programs. */
function people(rows: readonly ReferenceRow[]): readonly ReferenceRow[] {
  return rows.filter(({ gone, details }) => !gone && details.isApi !== true);
}

function emailOf({ details }: ReferenceRow): string | undefined {
  return typeof details.email === 'string' ? searchForm(details.email) : undefined;
}

function fromKey(key: string): Pick<Person, 'platform' | 'tenant' | 'userId'> | undefined {
  const [, platform, tenant, userId] = /^(slack|teams):([^/]+)\/(.+)$/u.exec(key) ?? [];
  if (platform !== 'slack' && platform !== 'teams') return undefined;
  return tenant === undefined || userId === undefined ? undefined : { platform, tenant, userId };
}
