import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { AuditEntry } from '../../ports/people.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { buttons, dateAndTime, name, note, pager, paragraph, person, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const auditPerPage = 10;
const wordsAtMost = 300;

export type AuditView = {
  /** Absent for everything. */
  readonly task?: SyncTask;
  readonly page: number;
  readonly entries: readonly AuditEntry[];
  readonly more: boolean;
};

/** Who did what, to what, and how it was before and after. */
export function auditReply({ task, page, entries, more }: AuditView): Reply {
  const where = task ? `, ${shownName(task)}` : '';
  const command = task ? `audit ${selector(task)}` : 'audit';
  const turn = pager((to) => `${command} --page ${to}`, page, page + (more ? 1 : 0), {
    before: '‹ Newer',
    after: 'Older ›',
  });
  const nothing = page > 1 ? 'Nothing older.' : 'Nothing was changed by anybody yet.';
  const blocks: Block[] = [
    { block: 'heading', text: `Who did what${where}` },
    ...(entries.length === 0
      ? [paragraph(text(nothing))]
      : entries.map((entry) => paragraph(...lineOf(entry)))),
    ...(turn.length > 0 || task
      ? [buttons(...turn, ...(task ? [{ label: 'Details', command: `status ${selector(task)}` }] : []))]
      : []),
    note(text('Newest first, refusals included.')),
  ];
  return { summary: `Who did what${where}: ${entries.length} shown`, blocks };
}

function lineOf({ at, actorName, platform, command, target, before, after, outcome }: AuditEntry): Text {
  const what = target === undefined || target === command ? [] : [text(' '), targetOf(target)];
  return [
    dateAndTime(at),
    text(' · '),
    name(cut(actorName, 80)),
    text(` (${platform}) · `),
    strong(command),
    ...what,
    text(' · '),
    ...change(before, after, outcome),
  ];
}

/** Of a role it is a person, whose name the chat knows. */
function targetOf(target: string) {
  return personTarget.test(target) ? person(target) : name(cut(target, wordsAtMost));
}

const personTarget = /^(?:slack|teams):[^\s/]+\/\S+$/u;

/** How it was and what became of it; what is the same in two of them is said once. */
function change(before: string | undefined, after: string | undefined, outcome: string): Text {
  const became = name(cut(outcome, wordsAtMost));
  const was = before === undefined ? [] : [name(cut(before, wordsAtMost))];
  if (after === undefined) return [...was, ...(was.length > 0 ? [text(' · ')] : []), became];
  if (outcome.startsWith(after)) return [...was, ...(was.length > 0 ? [text(' → ')] : []), became];
  const now = name(cut(after, wordsAtMost));
  return [...was, text(was.length > 0 ? ' → ' : 'now '), now, text(' · '), became];
}
