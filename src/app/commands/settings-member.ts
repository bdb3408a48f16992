/** `settings member <name> <active | inactive>`: whether somebody counts as active, while ConnectWise does not say. */
import { type MemberStatus, memberStatus } from '../../domain/member-status.ts';
import { matchProject } from '../../domain/project-match.ts';
import { cut } from '../../domain/text.ts';
import type { ReferenceRow } from '../../ports/reference-data.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import { askBack, count, notice } from '../replies/parts.ts';
import type { CommandDeps, CommandResult } from './command.ts';
import { candidate } from './settings-worktype.ts';

const choicesAtMost = 5;
const how = 'It is written: settings member <name> <active or inactive>';

export async function setMemberStatus(words: readonly string[], deps: CommandDeps): Promise<CommandResult> {
  const wanted = statusOf(words.at(-1));
  const typed = words.slice(0, -1).join(' ');
  if (!wanted || typed === '') return { reply: askBack('Whose status, and active or inactive?', how) };
  const { syncUserStatus } = await deps.settings.read();
  if (syncUserStatus) return refusedWhileSynced();
  const members = (await deps.reference.rows('member')).filter(({ gone }) => !gone);
  const found = matchProject(members.map(candidate), typed);
  if (found.found === 'none') return { reply: askBack(`No member matches “${cut(typed, 80)}”.`, how) };
  if (found.found === 'several') return { reply: whichMember(typed, wanted, found.projects) };
  const member = members.find(({ id }) => id === found.project.externalId);
  return member
    ? await set(member, wanted, deps)
    : { reply: askBack(`No member matches “${cut(typed, 80)}”.`) };
}

function statusOf(word: string | undefined): MemberStatus | undefined {
  const status = word?.toLowerCase();
  return status === 'active' || status === 'inactive' ? status : undefined;
}

function refusedWhileSynced(): CommandResult {
  const next = 'Change it in ConnectWise, or switch Sync User Status off in the settings first.';
  return {
    reply: notice('A member’s status comes from ConnectWise: Sync User Status is on.', next, [
      { label: 'Settings', command: 'settings' },
    ]),
    audited: { target: 'member status', outcome: 'refused: Sync User Status is on' },
  };
}

function whichMember(
  typed: string,
  wanted: MemberStatus,
  found: readonly { readonly name: string; readonly externalId: number }[],
): Reply {
  const choices = found.slice(0, choicesAtMost).map(
    ({ name, externalId }): Action => ({
      label: cut(name, 60),
      command: `settings member #${externalId} ${wanted}`,
    }),
  );
  const words = `${count(found.length, 'member')} match “${cut(typed, 80)}”. Which one?`;
  return askBack(
    words,
    found.length > choicesAtMost ? 'Type more of the name to see the others.' : undefined,
    choices,
  );
}

async function set(member: ReferenceRow, wanted: MemberStatus, deps: CommandDeps): Promise<CommandResult> {
  const shown = cut(member.name ?? member.identifier ?? `#${member.id}`, 80);
  const before = memberStatus(member, { syncUserStatus: false });
  if (before === wanted) return { reply: notice(`${shown} is ${wanted} already.`) };
  const target = `member ${shown} (#${member.id})`;
  if (!(await deps.reference.setMemberStatus(member.id, wanted))) {
    return {
      reply: notice(`${shown} is no longer known.`),
      audited: { target, outcome: 'refused: unknown' },
    };
  }
  const other = wanted === 'active' ? 'inactive' : 'active';
  return {
    reply: notice(
      `${shown} is ${wanted} now, whatever ConnectWise says.`,
      'This counts while Sync User Status is off.',
      [{ label: `Make ${other}`, command: `settings member #${member.id} ${other}` }],
    ),
    audited: { target, before, after: wanted, outcome: 'member status set' },
  };
}
