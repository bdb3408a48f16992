import type { Role } from '../../domain/roles.ts';
import type { FormSubmission } from '../../ports/chat.ts';
import type { FormAnswer, FormName, Option } from '../../ports/form.ts';
import type { Aftermath, Asker, CommandDeps } from '../commands/command.ts';

export type FormResult = { readonly answer: FormAnswer } & Aftermath;

/** What happens with a form once it is submitted: all that its command checked is checked again. */
export type FormHandler = {
  readonly form: FormName;
  readonly role: Role;
  submit(submission: FormSubmission, asker: Asker, deps: CommandDeps): Promise<FormResult>;
  /** Options of a field that has too many to be shown at once. */
  suggest?(field: string, typed: string, deps: CommandDeps): Promise<readonly Option[]>;
};
