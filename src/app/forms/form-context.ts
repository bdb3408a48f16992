/**
 * What a form remembers from when it was opened to when it is submitted. It comes back by way of the platform, so
 * it is parsed again, and it counts for the person only for whom it was opened.
 */
import { z } from 'zod';
import { type Person, personKey } from '../../domain/person.ts';
import type { FormSubmission } from '../../ports/chat.ts';
import type { FormAnswer, FormName } from '../../ports/form.ts';
import { text } from '../replies/parts.ts';

export function formContext(person: Person, data: object): string {
  return JSON.stringify({ by: personKey(person), ...data });
}

const owner = z.object({ by: z.string() });

/** Undefined where it was made for somebody else, or is none of ours. */
export function readContext<T>(
  { context, person }: Pick<FormSubmission, 'context' | 'person'>,
  schema: z.ZodType<T>,
): T | undefined {
  const raw = parsed(context);
  const by = owner.safeParse(raw);
  if (!by.success || by.data.by !== personKey(person)) return undefined;
  const read = schema.safeParse(raw);
  return read.success ? read.data : undefined;
}

function parsed(context: string): unknown {
  try {
    return JSON.parse(context);
  } catch {
    return undefined;
  }
}

/** Words in the place of a form: nothing was done. */
export function insteadOf(form: FormName, words: string): FormAnswer {
  const fields = [{ field: 'words', text: [text(words)] }] as const;
  return { result: 'replaced', form: { form, title: 'Not done', fields, context: '' } };
}

/** @param command how to open one's own */
export function notYours(form: FormName, command: string): FormAnswer {
  return insteadOf(
    form,
    `Nothing was done: this form was opened by somebody else, or is out of date. Open your own: ${command}`,
  );
}
