import type { SyncTask } from '../../domain/sync-task.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import { buttons, count, name, note, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const followMeans =
  'Failures and recoveries come to your direct messages, one message for each problem.';
const shownAtMost = 20;

export type FollowsView = {
  /** Whatever is theirs. */
  readonly mine: boolean;
  readonly projects: readonly SyncTask[];
};

export function followsReply({ mine, projects }: FollowsView): Reply {
  const named = count(projects.length, 'project');
  const what = mine ? `your own projects${projects.length > 0 ? ` and ${named} by name` : ''}` : named;
  const nothing = !mine && projects.length === 0;
  const summary = nothing ? 'You follow nothing yet.' : `You follow ${what}.`;
  const more = projects.length - shownAtMost;
  const rows = projects.slice(0, shownAtMost).map(
    (task): Block => ({
      block: 'row',
      lines: [[name(shownName(task)), text(` · ${selector(task)}`)]],
      menu: [
        { label: 'Details', command: `status ${selector(task)}` },
        { label: 'Unfollow', command: `unfollow ${selector(task)}` },
      ],
    }),
  );
  const own = mine
    ? { label: 'Unfollow my projects', command: 'unfollow mine' }
    : { label: 'Follow my projects', command: 'follow mine' };
  return {
    summary,
    blocks: [
      paragraph(strong(summary)),
      ...rows,
      ...(more > 0 ? [note(text(`… and ${count(more, 'more', 'more')}.`))] : []),
      note(text(followMeans)),
      buttons(own),
    ],
  };
}
