import { cut } from '../../domain/text.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import type { TaskName } from '../../ports/sync-task-store.ts';
import { buttons, name, note, paragraph, text } from './parts.ts';

export type ProjectChoiceView = {
  readonly typed: string;
  /** How many projects match; 0 when those shown are only the nearest. */
  readonly matches: number;
  readonly shown: readonly TaskName[];
  /** Where none matches: how many that are disconnected would. */
  readonly disconnected?: number;
  readonly command: (selector: string) => string;
};

/** Several projects match, or none does: the reader picks. */
export function projectChoiceReply(view: ProjectChoiceView): Reply {
  const { typed, matches, shown } = view;
  const several = matches > 0;
  const matching = matches === 1 ? 'One project matches' : `${matches} projects match`;
  const summary = several ? `${matching} “${typed}”.` : `No project matches “${typed}”.`;
  const words = several
    ? [text(`${matching} “`), name(typed), text(matches === 1 ? '”. Is it this one?' : '”. Which one?')]
    : [
        text('No project matches “'),
        name(typed),
        text(shown.length > 0 ? '”. Did you mean one of these?' : '”.'),
      ];
  const blocks: Block[] = [paragraph(...words)];
  for (const project of shown) {
    const customer = project.customer === null ? '' : ` · ${project.customer}`;
    const hidden = project.state === 'active' ? '' : ` · ${project.state}`;
    const line = [
      name(cut(project.name, 120)),
      text(' · '),
      name(`#${project.externalId}${customer}${hidden}`),
    ];
    blocks.push({ block: 'row', lines: [line], menu: [] });
  }
  if (shown.length > 0) {
    blocks.push(buttons(...shown.map((project) => choose(project, view.command))));
  }
  const left = matches - shown.length;
  if (left > 0) blocks.push(note(text(`${left} more match: type more of the name, or the external id.`)));
  if (!several) blocks.push(...whereElse(view.disconnected ?? 0));
  return { summary, blocks, unclear: true };
}

/** Where one may look that is found here under no name. */
function whereElse(disconnected: number): readonly Block[] {
  const lists = note(text('status lists all projects; status --disabled lists those switched off as well.'));
  if (disconnected === 0) return [lists];
  const match =
    disconnected === 1 ? 'One disconnected project matches' : `${disconnected} disconnected projects match`;
  return [
    note(text(`${match}: that is for good, all that can be done is to look at it with status.`)),
    lists,
  ];
}

function choose(project: TaskName, command: (selector: string) => string) {
  return { label: cut(project.name, 60), command: command(`#${project.externalId}`) };
}
