/** What was changed of what statuses mean. */
import { categoriesOf, type StatusMapping, statusKindOf } from '../../domain/status-mapping.ts';
import { cut } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import { buttons, count, name, note, paragraph, strong, text } from './parts.ts';
import { changeLine } from './plan-edit.ts';

export type StatusChange = { readonly label: string; readonly before: string; readonly after: string };

export function statusChanges(before: StatusMapping, after: StatusMapping): readonly StatusChange[] {
  const meant = new Map(before.statuses.map(({ id, category }) => [id, category]));
  const names = new Map(after.statuses.map(({ id, name: label }) => [id, cut(label, 80)]));
  const named = (id: number | undefined) => (id === undefined ? 'nothing' : (names.get(id) ?? `#${id}`));
  const categories = after.statuses.flatMap(({ id, category }) => {
    const was = meant.get(id);
    return was === undefined || was === category ? [] : [{ label: named(id), before: was, after: category }];
  });
  const defaults = categoriesOf(statusKindOf(after.of)).flatMap((category) => {
    const [was, is] = [before.defaults[category], after.defaults[category]];
    return was === is ? [] : [{ label: `${category} is written as`, before: named(was), after: named(is) }];
  });
  return [...categories, ...defaults];
}

const linesAtMost = 30;

export function statusesSavedReply(
  of: StatusMapping['of'],
  board: string,
  changes: readonly StatusChange[],
): Reply {
  const whose = of === 'projects' ? 'projects' : board;
  const rest = changes.length - linesAtMost;
  const next =
    of === 'projects'
      ? 'Every project is compared in full soon, and takes this over.'
      : 'The projects of this board are compared in full soon, and take this over.';
  return {
    summary: `Saved: what statuses of ${whose} mean, ${count(changes.length, 'change')}.`,
    blocks: [
      paragraph(
        strong('Saved: '),
        text('what statuses of '),
        name(cut(whose, 120)),
        text(` mean, ${count(changes.length, 'change')}.`),
      ),
      ...changes
        .slice(0, linesAtMost)
        .map(({ label, before, after }) => paragraph(...changeLine(label, before, after))),
      ...(rest > 0 ? [paragraph(text(`and ${count(rest, 'more change')}`))] : []),
      note(text(next)),
      buttons({ label: 'Statuses', command: `settings statuses ${of === 'projects' ? of : `#${of}`}` }),
    ],
  };
}
