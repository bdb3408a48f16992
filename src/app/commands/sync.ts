import { modeOf, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { previewOf } from '../preview.ts';
import { askBack, notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { previewPerPage, syncPreviewReply } from '../replies/sync-preview.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';
import { about } from './subject.ts';

export const sync: Command = {
  name: 'sync',
  needs: ({ switches }) => (switches.misc === true ? ['psa'] : ['psa', 'projects']),
  role: 'operator',
  usage: 'sync <project> [--now] [--full] [--dry-run] | sync --misc',
  summary:
    'Syncs a project and tells you how it ended. --now skips the cool-down and the wait after a failure; --full compares everything, finds deletions and first says what it costs; --dry-run only lists what would be written to ConnectWise; --misc reads companies, members, boards, statuses and work types.',
  examples: [
    'sync "Contoso – Office move"',
    'sync #1042 --now',
    'sync #1042 --full',
    'sync #1042 --dry-run',
    'sync --misc',
  ],
  options: {
    ...pageOption,
    now: { type: 'boolean' },
    full: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    misc: { type: 'boolean' },
  },
  async run(invocation, asker, deps): Promise<CommandResult> {
    const { words, switches } = invocation;
    if (switches.misc === true) return await syncMisc(invocation, asker, deps);
    if (words.length === 0) return { reply: which('sync') };
    if (switches['dry-run'] === true) return await dryRun(invocation, deps);
    const wish = { full: switches.full === true, forceNow: switches.now === true };
    const command = (project: string) =>
      `sync ${project}${wish.forceNow ? ' --now' : ''}${wish.full ? ' --full' : ''}`;
    const selected = await selectProject(deps, words, command, { changes: true });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task, now } = selected;
    return await request({ task, now }, wish, asker, deps);
  },
};

/** Changes nothing, anywhere. */
async function dryRun(invocation: Invocation, deps: CommandDeps): Promise<CommandResult> {
  const command = (project: string) => `sync ${project} --dry-run`;
  const selected = await selectProject(deps, invocation.words, command);
  if (selected.found === 'choice') return { reply: selected.reply };
  const { task } = selected;
  const { writeToConnectWise: writing, planDeletionRule } = await deps.settings.read();
  const board = task.link.boardId ?? null;
  const preview = await previewOf(deps, { projectId: task.projectId, board, planDeletionRule });
  const page = lastPageAtMost(pageOf(invocation), preview.records.length, previewPerPage);
  return { reply: syncPreviewReply({ task, preview, page, writing, links: deps.links }) };
}

type Wish = { readonly full: boolean; readonly forceNow: boolean };
type Wanted = { readonly task: SyncTask; readonly now: Date };

async function syncMisc(invocation: Invocation, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const { full, 'dry-run': dry } = invocation.switches;
  if (invocation.words.length > 0 || full === true || dry === true) {
    return { reply: askBack('--misc stands alone: it belongs to no project.', 'It is written: sync --misc') };
  }
  const seen = await deps.tasks.get(`${deps.tenantId}:misc`);
  if (!seen) {
    const reply = notice(
      'There is no miscellaneous data sync yet: the background worker makes it when it first starts.',
      'If it has been started, the operator looks at the log of cwsync.',
    );
    return { reply };
  }
  const wish = { full: true, forceNow: invocation.switches.now === true };
  return await request(seen, wish, asker, deps);
}

async function request(
  { task, now }: Wanted,
  { full, forceNow }: Wish,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const before = syncStatus(task, now).word;
  const interaction = { person: asker.person, handle: asker.handle };
  if (before === 'Syncing' && (!full || readsAll(task))) {
    // A run under way that does what is wanted is followed, not asked for again.
    await deps.interactions.follow(interaction, { taskId: task.id, ticket: task.want });
    return { audited: { ...about(task), before, after: before, outcome: 'followed the run under way' } };
  }
  const kinds = [full ? 'comprehensive' : 'delta'] as const;
  const triggered = await deps.tasks.trigger(task.id, { kinds, prio: 2, forceNow }, interaction);
  if (triggered.result === 'accepted') {
    const after = syncStatus(triggered.task, triggered.now).word;
    const outcome = `${full && task.kind === 'project' ? 'comprehensive ' : ''}requested${forceNow ? ', at once' : ''}`;
    return { audited: { ...about(task), before, after, outcome } };
  }
  return refused(triggered.result === 'not-active' ? triggered.task : undefined, task);
}

/** Whether the run in hand reads everything; the first one of a project does, whatever was asked for. */
function readsAll({ kind, lastSync, claimed }: SyncTask): boolean {
  return kind !== 'project' || !lastSync || modeOf(claimed?.kinds ?? []) === 'comprehensive';
}

function refused(inactive: SyncTask | undefined, task: SyncTask): CommandResult {
  const state = inactive?.link.state ?? 'no longer linked';
  const project = selector(task);
  const ways = {
    disabled: {
      next: 'Enable it first; that also syncs it.',
      actions: [{ label: 'Enable', command: `enable ${project}` }],
    },
    archived: {
      next: 'Unarchive it first, then enable it; that also syncs it.',
      actions: [{ label: 'Unarchive', command: `unarchive ${project}` }],
    },
  } as const;
  const way = state === 'disabled' || state === 'archived' ? ways[state] : undefined;
  const { next, actions } = way ?? { next: 'It does not sync any more.', actions: [] };
  return {
    reply: notice(`${shownName(task)} is ${state}, so it cannot be synced.`, next, actions),
    audited: { ...about(task), outcome: `refused: ${state}` },
  };
}

/** A command that needs a project was given none. */
export function which(command: string) {
  const all = { label: 'Show projects', command: 'status' };
  return askBack(
    `Which project? Write ${command} and the project's name or external id.`,
    `For example: ${command} #1042`,
    [all],
  );
}
