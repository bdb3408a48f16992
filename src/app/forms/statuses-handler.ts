/** What happens when the meaning of statuses is saved: compared with what others saved, checked, stored. */
import { z } from 'zod';
import { mandatoryGaps, remapped, type StatusMapping } from '../../domain/status-mapping.ts';
import { cut } from '../../domain/text.ts';
import type { FormValues } from '../../ports/form.ts';
import type { Text } from '../../ports/reply.ts';
import { type BoardStatuses, boardStatuses } from '../board-statuses.ts';
import type { Asker, CommandDeps } from '../commands/command.ts';
import { name, notice, text } from '../replies/parts.ts';
import { statusChanges, statusesSavedReply } from '../replies/statuses.ts';
import { notYours, readContext } from './form-context.ts';
import type { FormHandler, FormResult } from './form-handler.ts';
import { withoutRound, withRound } from './settings-values.ts';
import { statusesForm } from './statuses-form.ts';
import {
  defaultChoices,
  statusField,
  statusValues,
  touchedStatuses,
  typedStatuses,
  wantedOf,
} from './statuses-values.ts';

const contextSchema = z.object({
  of: z.union([z.number(), z.literal('projects')]),
  board: z.string(),
  revision: z.number(),
  page: z.number(),
  round: z.string(),
  marks: z.record(z.string(), z.string()),
});
type Context = z.infer<typeof contextSchema>;

const savesAtMost = 3;
const auditAtMost = 500;

export const statusesHandler: FormHandler = {
  form: 'statuses',
  role: 'admin',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('statuses', 'settings statuses <board>') };
    const values = withoutRound(submission.values, context.round);
    for (let tries = 0; tries < savesAtMost; tries += 1) {
      const saved = await save(context, values, asker, deps);
      if (saved) return saved;
    }
    return closedWith('Not saved: others are changing these statuses right now. Try again in a moment.');
  },
};

/** Undefined where somebody else saved in this moment. */
async function save(
  context: Context,
  values: FormValues,
  asker: Asker,
  deps: CommandDeps,
): Promise<FormResult | undefined> {
  const { of, marks, page } = context;
  const statuses = await boardStatuses(deps, of);
  const { mapping, shown } = statuses;
  const mine = typedStatuses(values, marks);
  const touched = touchedStatuses(marks, mine);
  if (touchedStatuses(marks, statusValues(statuses, page)).length > 0) {
    return askAgain(context, mine, statuses, asker);
  }
  if (touched.length === 0) return closedWith('Nothing was changed: the statuses mean what they meant.');
  const wanted = wantedOf(of, touched, mine);
  const next = remapped(mapping, shown, wanted, asker.person.name);
  const errors = refusedOf(next, wanted.defaults, statuses, touched);
  if (Object.keys(errors).length > 0) {
    return { answer: { result: 'errors', errors: withRound(errors, context.round) } };
  }
  if (!(await deps.reference.saveMapping(next))) return undefined;
  const changes = statusChanges(mapping, next);
  const side = (which: 'before' | 'after') =>
    cut(changes.map((change) => `${change.label}: ${change[which]}`).join('; '), auditAtMost);
  return {
    answer: { result: 'closed', reply: statusesSavedReply(of, context.board, changes) },
    audited: {
      target: of === 'projects' ? 'statuses of projects' : `statuses of ${context.board}`,
      before: side('before'),
      after: side('after'),
      outcome: 'statuses mapped',
    },
  };
}

/** By field: a category that is needed and would have no status, a default that means something else. */
function refusedOf(
  next: StatusMapping,
  defaults: StatusMapping['defaults'],
  statuses: BoardStatuses,
  touched: readonly string[],
): { readonly [field: string]: string } {
  const [first = ''] = touched;
  const gaps = mandatoryGaps(next);
  if (gaps.length > 0) {
    const words = `No status would mean ${gaps.join(' or ')}: every board needs one for Not Started, In Progress and Complete.`;
    return { [first]: words };
  }
  const wrong = defaultChoices(statuses).filter(({ category }) => {
    const wanted = defaults[category];
    return wanted !== undefined && next.defaults[category] !== wanted;
  });
  return Object.fromEntries(
    wrong.map(({ field, category }) => [
      field,
      `This status does not mean ${category}: choose one that does.`,
    ]),
  );
}

function closedWith(words: string): FormResult {
  return { answer: { result: 'closed', reply: notice(words) } };
}

/** Nothing is stored before the person has seen what somebody else chose. */
function askAgain(
  { marks, page, board }: Context,
  typed: { readonly [field: string]: string },
  statuses: BoardStatuses,
  { person }: Asker,
): FormResult {
  const now = statusValues(statuses, page);
  const touched = new Set(touchedStatuses(marks, typed));
  const merged = Object.fromEntries(
    Object.entries(now).map(([field, value]) => [
      field,
      touched.has(field) ? (typed[field] ?? value) : value,
    ]),
  );
  // The platform sends a submission once more where the first answer was late.
  if (touchedStatuses(now, merged).length === 0)
    return closedWith('These statuses are saved like that already.');
  const theirs = statuses.mapping.statuses.flatMap(({ id, name: label, setBy }): readonly Text[] => {
    const field = statusField(id);
    if (now[field] === undefined || now[field] === marks[field]) return [];
    const yours = merged[field] === now[field] ? [] : [text(`; yours: ${merged[field]}`)];
    return [[name(cut(label, 120)), text(`: now ${now[field]}, set by `), name(cut(setBy, 60)), ...yours]];
  });
  const form = statusesForm({ person, board, statuses, page, conflict: { mine: merged, theirs } });
  return { answer: { result: 'replaced', form } };
}
