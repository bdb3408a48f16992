/** Who may do what: the list, and what a role lets somebody do. */
import { type Role, roles } from '../../domain/roles.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import { buttons, count, note, pager, paragraph, person, strong, text } from './parts.ts';

export const rolesPerPage = 10;

const roleMeans: { readonly [role in Role]: string } = {
  viewer: 'sees projects, plans and logs, and follows what they like',
  operator: 'also syncs, enables and disables projects, edits plans and answers deletions',
  admin: 'also links and disconnects projects, changes settings, switches the integration and gives roles',
};

/** `Operator: also syncs …`. */
export function roleSentence(role: Role): string {
  return `${role[0]?.toUpperCase()}${role.slice(1)}: ${roleMeans[role]}.`;
}

export type RolesView = {
  readonly shown: readonly { readonly key: string; readonly role: Role }[];
  readonly total: number;
  readonly page: number;
  /** Of everybody who is not in the list. */
  readonly defaultRole: Role;
};

export function rolesReply({ shown, total, page, defaultRole }: RolesView): Reply {
  const summary = `${count(total, 'person has', 'people have')} a role of their own; everybody else is ${defaultRole}.`;
  const rows = shown.map(
    ({ key, role }): Block => ({
      block: 'row',
      lines: [[person(key), text(' · '), strong(role)]],
      menu: roleActions(key, role),
    }),
  );
  const turn = pager((to) => `roles --page ${to}`, page, Math.ceil(total / rolesPerPage));
  return {
    summary,
    blocks: [
      paragraph(text(summary)),
      ...rows,
      ...(turn.length > 0 ? [buttons(...turn)] : []),
      note(text(roles.map(roleSentence).join(' '))),
      note(text('To change one, write: roles grant @user operator, or roles revoke @user.')),
    ],
  };
}

function roleActions(key: string, held: Role): readonly Action[] {
  const others = roles.filter((role) => role !== held);
  return [
    ...others.map((role) => ({ label: `Make ${role}`, command: `roles grant ${key} ${role}` })),
    { label: 'Take the role away', command: `roles revoke ${key}` },
  ];
}

/** A short answer about one person. */
export function roleReply(summary: string, words: Text, next: string): Reply {
  return {
    summary,
    blocks: [paragraph(...words), note(text(next)), buttons({ label: 'All roles', command: 'roles' })],
  };
}
