/** Forms that are submitted or left: the answer takes the place of the form, at once where it comes in time. */

import { z } from 'zod';
import type { ChatDelivery, ChatDoors, FormSubmission } from '../../src/ports/chat.ts';
import type { Form, FormAnswer } from '../../src/ports/form.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { Forms, OpenForm } from './forms.ts';
import type { HandleVia } from './handle.ts';
import { cardAnswer } from './invokes.ts';
import { edit, type Sending, updateCard } from './messages.ts';
import { type FormKey, filledIn, valuesOf } from './render-form.ts';
import { requestId, type Said } from './requests.ts';

export type SubmitOptions = {
  readonly sending: Sending;
  readonly forms: Forms;
  readonly doors: Pick<ChatDoors, 'submit'>;
  readonly delivery: Pick<ChatDelivery, 'send'>;
};

/** The button that was pressed, with everything that was filled in beside it. */
export type Pressed = Said & {
  readonly data: object;
  readonly invoke: string | undefined;
};

const keyData = z.object({ form: z.string(), until: z.number(), token: z.string() });

/** Never rejects but where nothing can be kept or sent. */
export async function submitted(options: SubmitOptions, pressed: Pressed): Promise<void> {
  const { person } = pressed;
  const key = keyData.safeParse(pressed.data);
  const owner = { tenant: person.tenant, user: person.userId };
  const open = key.success ? await options.forms.read(owner, key.data) : undefined;
  if (!key.success || !open) return await instead(options, pressed, stale);
  const submission = submissionOf(pressed, open);
  const answer = await options.doors.submit(submission);
  await shown(options, pressed, { key: key.data, open, submission, answer });
}

/** Nothing is asked of the application: nothing was changed. */
export async function cancelled(options: SubmitOptions, pressed: Pressed): Promise<void> {
  await instead(options, pressed, 'Cancelled. Nothing was changed.');
}

const stale =
  'Nothing was saved: this form is older than 10 minutes, or was opened for somebody else. Open your own again.';

function submissionOf(pressed: Pressed, open: OpenForm): FormSubmission {
  const { activity, person, data } = pressed;
  const { form, context } = open.form;
  const values = valuesOf(open, data);
  return { id: requestId(activity), person, form, values, context, handle: handleOf(pressed) };
}

function handleOf({ activity, person, invoke }: Pressed): HandleVia<'message'> {
  const waiting = invoke === undefined ? {} : { invoke };
  return {
    platform: 'teams',
    via: 'message',
    tenant: person.tenant,
    user: person.userId,
    conversation: activity.conversation.id,
    activity: activity.replyToId ?? '',
    ...waiting,
  };
}

type Answered = {
  readonly key: FormKey;
  readonly open: OpenForm;
  readonly submission: FormSubmission;
  readonly answer: FormAnswer;
};

async function shown(options: SubmitOptions, pressed: Pressed, answered: Answered): Promise<void> {
  const { key, open, submission, answer } = answered;
  if (answer.result === 'closed') {
    // Without a reply whoever follows what was begun tells how it goes.
    if (answer.reply) await options.delivery.send(submission.handle, answer.reply);
    return;
  }
  if (answer.result === 'replaced') return await formInPlace(options, pressed, key, answer.form);
  const again = filledIn(open.form, submission.values);
  await formInPlace(options, pressed, key, again, answer.errors);
}

async function formInPlace(
  { forms, sending }: SubmitOptions,
  { person, activity, invoke }: Pressed,
  key: FormKey,
  form: Form,
  errors: { readonly [field: string]: string } = {},
): Promise<void> {
  const { tenant, userId: user } = person;
  const card = await forms.show({ tenant, user }, key.form, form, errors);
  sending.invokes.settle(invoke, cardAnswer(card));
  const shownAt = { tenant, conversation: activity.conversation.id, activity: activity.replyToId ?? '' };
  await updateCard(sending, shownAt, card, form.title);
}

async function instead({ sending }: SubmitOptions, pressed: Pressed, words: string): Promise<void> {
  const reply: Reply = { summary: words, blocks: [{ block: 'text', text: [{ part: 'text', text: words }] }] };
  await edit(sending, handleOf(pressed), reply);
}
