/** The doors that a chat adapter knocks at: words, forms, and what one types in a field of a form. */
import { failureRules } from '../domain/failure.ts';
import type { Person } from '../domain/person.ts';
import { mayDo, type Role } from '../domain/roles.ts';
import type {
  ChatDelivery,
  ChatDoors,
  ChatRequest,
  FormSubmission,
  MessageHandle,
  SuggestQuery,
} from '../ports/chat.ts';
import type { Form, FormAnswer, FormName, Option } from '../ports/form.ts';
import type { SeenStore } from '../ports/people.ts';
import type { Reply } from '../ports/reply.ts';
import type { WelcomeStore } from '../ports/welcomes.ts';
import { announce } from './alerts/announce.ts';
import { admit } from './commands/admission.ts';
import type { Asker } from './commands/command.ts';
import {
  type Answer,
  announcementOf,
  audit,
  type DispatchDeps,
  dispatch,
  onlyAllowedActions,
  toldFailure,
} from './commands/dispatch.ts';
import { offerUndo } from './commands/offer-undo.ts';
import { parseCommand } from './commands/parse.ts';
import type { FormHandler, FormResult } from './forms/form-handler.ts';
import { notice } from './replies/parts.ts';
import { welcomeOnce } from './welcome.ts';

export type ChatDoorsDeps = DispatchDeps & {
  readonly forms: readonly FormHandler[];
  readonly seen: SeenStore;
  readonly delivery: ChatDelivery;
  readonly welcomes: WelcomeStore;
  /** Told when somebody may wait for a run. */
  readonly onFollowed: () => void;
  /** Told when something was done from somebody's standing page. */
  readonly onHomeUsed: (request: ChatRequest) => void;
  /** Told of work that nobody waits for, so that a shutdown does. It never rejects. */
  readonly onBackground: (work: Promise<void>) => void;
};

/** At most as many as any platform takes. */
const suggestionsAtMost = 100;

export function chatDoors(deps: ChatDoorsDeps): ChatDoors {
  return {
    request: (request) => handle(deps, request),
    submit: (submission) => submit(deps, submission),
    suggest: (query) => suggest(deps, query),
  };
}

/** Handles what an adapter has acknowledged: once, and with an answer whatever happens. */
async function handle(deps: ChatDoorsDeps, request: ChatRequest): Promise<void> {
  if (!(await isNew(deps, request.id))) return;
  // Opened before anything is read: the platform allows seconds for it.
  const opening = openAtOnce(deps, request);
  const answer = await dispatch(deps, request);
  const opened = await opening;
  if (answer.form) await showForm(deps, request, answer.form, opened);
  else if (answer.reply) await showReply(deps, request, answer, opened);
  else deps.onFollowed();
  if (request.place.kind === 'home') deps.onHomeUsed(request);
  if (answer.announcement) await announce(deps, answer.announcement, `announcement:${request.id}`);
  if (request.place.kind !== 'conversation') await welcomeOnce(deps, request.person);
}

/** Without the database nobody can tell: then it is handled, so that the person is told what is wrong. */
async function isNew(deps: ChatDoorsDeps, id: string): Promise<boolean> {
  try {
    return await deps.seen.first(id);
  } catch {
    return true;
  }
}

async function openAtOnce(deps: ChatDoorsDeps, request: ChatRequest): Promise<MessageHandle | undefined> {
  if (!request.opener) return undefined;
  const parsed = parseCommand(deps.commands, request.text);
  const title = parsed.result === 'command' ? parsed.command.opensForm?.(parsed.invocation) : undefined;
  if (title === undefined) return undefined;
  return await open(deps, request.opener, wordsForm(title, 'Working …'));
}

async function open(deps: ChatDoorsDeps, opener: MessageHandle, form: Form) {
  return await deps.delivery.openForm(opener, form).catch((error: unknown) => {
    deps.logger.warn({ err: error }, 'a form could not be opened');
    return undefined;
  });
}

async function showForm(
  deps: ChatDoorsDeps,
  request: ChatRequest,
  form: Form,
  opened: MessageHandle | undefined,
): Promise<void> {
  if (opened) return await fill(deps, opened, form);
  const late = request.opener && (await open(deps, request.opener, form));
  if (late) return;
  // Typed where no form can be opened, or too late: a button can.
  const button = { label: form.title, command: request.text, style: 'primary' } as const;
  await send(
    deps,
    request.handle,
    notice(`To ${form.does ?? `open “${form.title}”`}, press the button.`, undefined, [button]),
  );
}

async function fill(deps: ChatDoorsDeps, opened: MessageHandle, form: Form): Promise<void> {
  await deps.delivery.fillForm(opened, form).catch((error: unknown) => {
    deps.logger.warn({ err: error }, 'a form could not be filled');
  });
}

async function showReply(
  deps: ChatDoorsDeps,
  { shared }: ChatRequest,
  { handle, reply }: Answer,
  opened: MessageHandle | undefined,
): Promise<void> {
  if (!reply) return;
  if (!opened) return await send(deps, handle, reply, handle !== shared);
  await fill(deps, opened, replyForm(reply));
}

const triesAtMost = 3;
/** In milliseconds. */
const betweenTriesMs = 1_000;
const longestWaitMs = 30_000;

/** @param mayRepeat a try that ended in doubt may be made again: at worst the asker alone reads it twice */
async function send(
  deps: ChatDoorsDeps,
  handle: MessageHandle,
  reply: Reply,
  mayRepeat = true,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const sent = await sendOnce(deps, handle, reply);
    if (!sent || sent.result === 'sent') return;
    const refused = sent.result === 'failed' && (mayRepeat || sent.retryAfterMs !== undefined);
    if (!refused || tries === triesAtMost) {
      deps.logger.warn({ reason: sent.reason }, 'answer could not be sent');
      return;
    }
    await deps.clock.sleep(Math.min(sent.retryAfterMs ?? betweenTriesMs, longestWaitMs));
  }
}

async function sendOnce(deps: ChatDoorsDeps, handle: MessageHandle, reply: Reply) {
  return await deps.delivery.send(handle, reply).catch((error: unknown) => {
    deps.logger.warn({ err: error }, 'answer could not be sent');
    return undefined;
  });
}

/** Where a form was opened and there is nothing to fill in: the words in its place. */
function replyForm({ summary, blocks }: Reply): Form {
  const fields = blocks.flatMap((block): Form['fields'][number][] => {
    if (block.block === 'text' || block.block === 'note') return [{ field: 'words', text: block.text }];
    return block.block === 'actions' ? [{ field: 'actions', actions: block.actions }] : [];
  });
  const words = fields.length > 0 ? fields : wordsForm('cwsync', summary).fields;
  return { form: 'settings', title: 'cwsync', fields: words, context: '' };
}

function wordsForm(title: string, words: string): Form {
  return {
    form: 'settings',
    title,
    fields: [{ field: 'words', text: [{ part: 'text', text: words }] }],
    context: '',
  };
}

async function submit(deps: ChatDoorsDeps, submission: FormSubmission): Promise<FormAnswer> {
  try {
    const allowed = await allowedForm(deps, submission);
    if ('needs' in allowed) return refused(`This needs the role ${allowed.needs}.`);
    const { handler, role } = allowed;
    // The form itself says what it does when it is submitted twice; the platform sends a repeat after a time-out.
    const { person, handle } = submission;
    const asker = { person, handle, role, place: { kind: 'direct' } } as const;
    const result = await handler.submit(submission, asker, deps);
    return await settle(deps, submission, asker, result);
  } catch (error) {
    const failure = toldFailure(deps, error);
    const rule = failureRules[failure.code];
    return refused(`${failure.message ?? rule.what} Nothing was saved. ${rule.next}`);
  }
}

/** What follows a submission. Only what the person is told is waited for: the answer is due in seconds. */
async function settle(
  deps: ChatDoorsDeps,
  submission: FormSubmission,
  asker: Asker,
  { answer, undo, ...after }: FormResult,
): Promise<FormAnswer> {
  const { audited } = after;
  if (audited) await audit(deps, submission.form, asker, audited);
  const { announcement } = announcementOf(after);
  if (announcement) deps.onBackground(announce(deps, announcement, `announcement:${submission.id}`));
  if (answer.result !== 'closed') return answer;
  if (!answer.reply) {
    deps.onFollowed();
    return answer;
  }
  const reply = undo ? await offerUndo(deps, answer.reply, undo) : answer.reply;
  return { result: 'closed', reply: onlyAllowedActions(deps.commands, asker.role, reply) };
}

type AllowedForm =
  | { readonly handler: FormHandler; readonly role: Role }
  /** The role that is missing. */
  | { readonly needs: Role };

/** Whatever is done with a form, by whoever: here alone it is decided whether they may. */
async function allowedForm(
  deps: ChatDoorsDeps,
  { form, person }: { readonly form: FormName; readonly person: Person },
): Promise<AllowedForm> {
  const handler = deps.forms.find((one) => one.form === form);
  const admission = await admit(deps, person);
  if (!handler || !admission.admitted || !mayDo(admission.role, handler.role))
    return { needs: handler?.role ?? 'admin' };
  return { handler, role: admission.role };
}

function refused(words: string): FormAnswer {
  return { result: 'replaced', form: wordsForm('Not done', words) };
}

async function suggest(deps: ChatDoorsDeps, query: SuggestQuery): Promise<readonly Option[]> {
  try {
    const allowed = await allowedForm(deps, query);
    if ('needs' in allowed) return [];
    const found = await allowed.handler.suggest?.(query.field, query.typed, deps);
    return (found ?? []).slice(0, suggestionsAtMost);
  } catch (error) {
    toldFailure(deps, error);
    return [];
  }
}
