/**
 * Forms that are submitted, and what is looked for in their fields: the answer is the acknowledgement, so it is
 * given in time or not at all.
 */
import type { App, ViewResponseAction } from '@slack/bolt';
import { z } from 'zod';
import type { ChatDelivery, ChatDoors, FormSubmission, MessageHandle } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FormAnswer, FormValues, Option } from '../../src/ports/form.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { choice } from './elements.ts';
import { addressIn, responseHandle } from './handle.ts';
import { limits } from './limits.ts';
import { presserOf, type SubmissionBody, submissionBody, suggestionBody } from './payloads.ts';
import {
  type FormMetadata,
  fieldAction,
  fieldBlock,
  fieldId,
  formCallback,
  formOf,
  renderForm,
} from './render-form.ts';
import { cutPlain } from './text.ts';

export type SubmitOptions = {
  readonly doors: Pick<ChatDoors, 'submit' | 'suggest'>;
  readonly delivery: Pick<ChatDelivery, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Slack's own hosts: an answer goes nowhere else. */
  readonly responseHosts: ReadonlySet<string>;
};

/** Slack waits for 3 s; the rest is for the way there and back. In milliseconds. */
const budgetMs = 2_000;
const tooLong = 'This took too long and may not be saved. What you typed is still here: try again.';

export function listenToForms(app: App, options: SubmitOptions): void {
  app.view(formCallback, async ({ ack, body }) => {
    const parsed = submissionBody.safeParse(body);
    const form = parsed.success ? formOf(parsed.data.view.private_metadata) : undefined;
    if (!parsed.success || !form) {
      options.logger.warn({}, 'a submitted form of Slack could not be read');
      return await ack();
    }
    const submission = submissionOf(options, parsed.data, form);
    const answering = options.doors.submit(submission);
    const answer = await inTime(options.clock, answering);
    await ack(answer ? acknowledged(answer, parsed.data, form) : tooLate(parsed.data));
    await tell(options, submission.handle, answer ?? (await answering));
  });

  app.options(fieldAction, async ({ ack, body }) => {
    const parsed = suggestionBody.safeParse(body);
    const form = parsed.success ? formOf(parsed.data.view?.private_metadata) : undefined;
    if (!parsed.success || !form) return await ack({ options: [] });
    const query = { form: form.form, field: fieldId(parsed.data.action_id), typed: parsed.data.value };
    const found = await inTime(
      options.clock,
      options.doors.suggest({ ...query, person: presserOf(parsed.data) }),
    );
    await ack({ options: suggested(found ?? []) });
  });
}

function suggested(found: readonly Option[]) {
  return found.slice(0, limits.selectOptions).map(choice);
}

/** Undefined where it takes longer than Slack waits. */
async function inTime<T>(clock: Clock, answering: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([answering, clock.sleep(budgetMs, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/** What was done is told where the form was asked for, also when it came too late for the form itself. */
async function tell(
  { delivery, logger }: SubmitOptions,
  handle: MessageHandle,
  answer: FormAnswer,
): Promise<void> {
  if (answer.result !== 'closed' || !answer.reply) return;
  const sent = await delivery.send(handle, answer.reply);
  if (sent.result !== 'sent') logger.warn({ reason: sent.reason }, 'answer could not be sent');
}

function submissionOf(options: SubmitOptions, body: SubmissionBody, form: FormMetadata): FormSubmission {
  const { user, view, trigger_id } = body;
  return {
    id: `slack:${trigger_id || view.id}`,
    person: presserOf(body),
    form: form.form,
    context: form.context,
    values: valuesOf(view.state?.values),
    handle: answerTo(options, user.id, form),
  };
}

function answerTo({ clock, responseHosts }: SubmitOptions, user: string, form: FormMetadata): MessageHandle {
  const address = addressIn(form);
  const usable = address && URL.canParse(address.url) && responseHosts.has(new URL(address.url).host);
  if (usable && clock.now().getTime() < address.expiresAt) return responseHandle(user, address);
  return { platform: 'slack', via: 'direct', user };
}

const chosen = z.object({ value: z.string() });
const input = z.object({
  value: z.string().nullish(),
  selected_option: chosen.nullish(),
  selected_options: z.array(chosen).nullish(),
  selected_conversations: z.array(z.string()).nullish(),
});

/** By field id, whatever kind of input it is. */
function valuesOf(state: unknown): FormValues {
  const parsed = z.record(z.string(), z.record(z.string(), input)).safeParse(state);
  if (!parsed.success) return {};
  return Object.fromEntries(
    Object.entries(parsed.data).flatMap(([block, actions]) => {
      const given = actions[block];
      return given && fieldAction.test(block) ? [[fieldId(block), givenIn(given)]] : [];
    }),
  );
}

function givenIn(given: z.infer<typeof input>): string | readonly string[] | undefined {
  const many = given.selected_options?.map(({ value }) => value) ?? given.selected_conversations;
  return many ?? given.selected_option?.value ?? given.value ?? undefined;
}

/** Absent closes one modal; all of them go, whichever lies over another. */
function acknowledged(answer: FormAnswer, body: SubmissionBody, form: FormMetadata): ViewResponseAction {
  if (answer.result === 'closed') return { response_action: 'clear' };
  if (answer.result === 'errors') return refused(body, answer.errors);
  return { response_action: 'update', view: renderForm(answer.form, addressIn(form)) };
}

const inputsOf = ({ view }: SubmissionBody): readonly string[] =>
  view.blocks.flatMap(({ type, block_id }) => (type === 'input' && block_id ? [block_id] : []));

/** Slack refuses errors of blocks that are not there: those are shown at the first input, so that none is lost. */
function refused(body: SubmissionBody, errors: { readonly [field: string]: string }): ViewResponseAction {
  const inputs = inputsOf(body);
  const placed: Record<string, string> = {};
  for (const [field, words] of Object.entries(errors)) {
    const block = inputs.includes(fieldBlock(field)) ? fieldBlock(field) : inputs[0];
    if (block === undefined) return inItsPlace('Not done', Object.values(errors).join(' '));
    placed[block] = cutPlain(placed[block] ? `${placed[block]} ${words}` : words, limits.errorText);
  }
  return { response_action: 'errors', errors: placed };
}

function tooLate(body: SubmissionBody): ViewResponseAction {
  const [first] = inputsOf(body);
  if (first === undefined) return inItsPlace('Took too long', tooLong);
  return { response_action: 'errors', errors: { [first]: tooLong } };
}

function inItsPlace(title: string, text: string): ViewResponseAction {
  const fields = [{ field: 'words', text: [{ part: 'text', text }] }] as const;
  return { response_action: 'update', view: renderForm({ form: 'settings', title, fields, context: '' }) };
}
