import { searchForm } from '../../domain/text.ts';
import type { FormSubmission } from '../../ports/chat.ts';
import type { Form, FormAnswer } from '../../ports/form.ts';
import type { CommandDeps } from '../commands/command.ts';
import { soon } from '../setup-facts.ts';
import type { FormHandler, FormResult } from './form-handler.ts';
import { boardsAtMost, idsIn, readDraft, type SetupDraft } from './setup-draft.ts';
import { saveSetup } from './setup-save.ts';
import { showStep } from './setup-steps.ts';
import { boardOptions, lostForm } from './setup-views.ts';

/** The answer is the acknowledgement, due within 2 s: what takes longer is shown with the next press. */
const answerWithinMs = 1_200;

export const setupForm: FormHandler = {
  form: 'setup',
  role: 'admin',
  async submit(submission, _asker, deps) {
    const draft = readDraft(submission.context);
    if (!draft) return replaced(lostForm());
    if (draft.waiting === 'to ask again') deps.setupFacts?.forget();
    if (draft.waiting) return await show(deps, draft, submission);
    return await steps[draft.step](submission, draft, deps);
  },
  async suggest(field, typed, deps) {
    if (field !== 'boards' || !deps.setupFacts) return [];
    const boards = await soon(deps.clock, deps.setupFacts.boards(), answerWithinMs);
    if (!boards?.found) return [];
    const wanted = searchForm(typed);
    return boardOptions(boards.value).filter(({ label }) => searchForm(label).includes(wanted));
  },
};

type Step = (submission: FormSubmission, draft: SetupDraft, deps: CommandDeps) => Promise<FormResult>;

const fromData: Step = async (submission, draft, deps) => {
  const taskId = `${deps.tenantId}:misc`;
  const misc = await deps.tasks.get(taskId);
  const load = !misc?.task.lastSync || ticked(submission, 'load').includes('again');
  if (!load) return await show(deps, { ...draft, step: 'boards' }, submission);
  await deps.tasks.trigger(taskId, { kinds: ['comprehensive'], prio: 2, forceNow: true });
  return await show(deps, draft, submission);
};

const fromBoards: Step = async (submission, draft, deps) => {
  const typed = ticked(submission, 'boards');
  if (typed.length > boardsAtMost) return errors({ boards: `Choose at most ${boardsAtMost} boards.` });
  const boards = idsIn(typed.join());
  if (boards.length === 0) return errors({ boards: 'Choose at least one board.' });
  const linkNew = ticked(submission, 'new').includes('link');
  return await show(deps, { ...draft, step: 'cost', boards, linkNew }, submission);
};

const fromAlerts: Step = async (submission, draft, deps) => {
  // Opened at its last step by name: what it needs was never chosen.
  if (draft.boards.length === 0) return await show(deps, { ...draft, step: 'boards' }, submission);
  return await saveSetup(submission, draft, deps);
};

const steps: { readonly [step in SetupDraft['step']]: Step } = {
  connection: (submission, draft, deps) => show(deps, { ...draft, step: 'data' }, submission),
  data: fromData,
  boards: fromBoards,
  cost: (submission, draft, deps) => show(deps, { ...draft, step: 'alerts' }, submission),
  alerts: fromAlerts,
};

async function show(deps: CommandDeps, draft: SetupDraft, { person }: FormSubmission): Promise<FormResult> {
  return replaced(await showStep(deps, draft, { withinMs: answerWithinMs, person }));
}

function ticked({ values }: FormSubmission, field: string): readonly string[] {
  const value = values[field];
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}

function replaced(form: Form): FormResult {
  return answered({ result: 'replaced', form });
}

function errors(found: { readonly [field: string]: string }): FormResult {
  return answered({ result: 'errors', errors: found });
}

function answered(answer: FormAnswer): FormResult {
  return { answer };
}
