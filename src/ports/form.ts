/**
 * Forms: what a person fills in before something changes (a modal in Slack, a dialog in Teams). View models like
 * replies: made in `src/app/forms`, rendered by the chat adapters, which decide nothing. A form is opened at once
 * with what is known, filled when more is, and submitted as `FormSubmission` (ports/chat.ts).
 */
import type { Action, Reply, Text } from './reply.ts';

/** What is chosen; `label` is somebody's words, shown literally. */
export type Option = { readonly value: string; readonly label: string; readonly hint?: string };

type Labelled = {
  /** Stable: what was typed is kept under it when the form is filled again. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  /** Default: false, the platform asks for a value. */
  readonly optional?: boolean;
};

export type Field =
  | (Labelled & {
      readonly field: 'text';
      readonly value?: string;
      readonly maxLength?: number;
      readonly multiline?: boolean;
    })
  | (Labelled & {
      readonly field: 'number';
      readonly value?: number;
      readonly least: number;
      readonly most: number;
    })
  /** One of a few. */
  | (Labelled & { readonly field: 'choice'; readonly options: readonly Option[]; readonly value?: string })
  /** Any number of many; more than a platform shows at once are looked for as one types (`ChatDoors.suggest`). */
  | (Labelled & {
      readonly field: 'choices';
      readonly options: readonly Option[];
      readonly values: readonly string[];
    })
  /** Boxes to tick, at most ten. */
  | (Labelled & {
      readonly field: 'switches';
      readonly options: readonly Option[];
      readonly values: readonly string[];
    })
  /** Conversations of the platform that the form is shown on. */
  | (Labelled & { readonly field: 'conversations'; readonly values: readonly string[] })
  | { readonly field: 'words'; readonly text: Text }
  | { readonly field: 'actions'; readonly actions: readonly Action[] };

export const formNames = [
  'settings',
  'setup',
  'disconnect',
  'disable-integration',
  'mass-deletion',
  'write-switch',
  'plan-task',
  'new-task',
  'push-project',
  'statuses',
] as const;
export type FormName = (typeof formNames)[number];

export type Form = {
  readonly form: FormName;
  readonly title: string;
  /** What it does, to what, after “To”: `disable the integration`. Said where its button must be pressed first. */
  readonly does?: string;
  /** The word on the button; absent where there is nothing to submit. */
  readonly submit?: string;
  /** What cannot be undone is marked. */
  readonly danger?: boolean;
  readonly fields: readonly Field[];
  /** Comes back with the submission as it is: ids and revisions, at most 2,000 characters. Never trusted alone. */
  readonly context: string;
};

/** By field id: a text as typed, a number as typed, one value, or the values ticked. */
export type FormValues = { readonly [field: string]: string | readonly string[] | undefined };

export type FormAnswer =
  /** Done; the reply, where there is one, goes to the asker. */
  | { readonly result: 'closed'; readonly reply?: Reply }
  /** By field id; what was typed is kept. */
  | { readonly result: 'errors'; readonly errors: { readonly [field: string]: string } }
  /** Another view in its place. */
  | { readonly result: 'replaced'; readonly form: Form };
