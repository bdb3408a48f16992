/** Forms that are open: kept for ten minutes, each for the person it was opened for. */
import type { ChatReferences, Keepsakes } from '../../src/ports/chat-references.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Form, Option } from '../../src/ports/form.ts';
import type { Card } from './elements.ts';
import { contextFor, type Sending } from './messages.ts';
import { type FormKey, renderForm } from './render-form.ts';
import type { Signer } from './signature.ts';

export const openForMs = 10 * 60_000;

export type FormOptions = {
  readonly keepsakes: Keepsakes;
  readonly signer: Signer;
  readonly clock: Clock;
};

export type Owner = { readonly tenant: string; readonly user: string };
export type OpenForm = { readonly form: Form; readonly conversations: readonly Option[] };

export type Forms = {
  /** Keeps the form under this id. @returns its card */
  show(owner: Owner, id: string, form: Form, errors?: { readonly [field: string]: string }): Promise<Card>;
  /** Undefined where it is over, or somebody else's. */
  read(owner: Owner, key: FormKey): Promise<OpenForm | undefined>;
};

export function openForms(options: FormOptions, sending: Sending): Forms {
  const { keepsakes, signer, clock } = options;
  const signed = ({ tenant, user }: Owner, id: string) => [id, tenant, user];
  return {
    async show(owner, id, form, errors = {}) {
      const conversations = await conversationsFor(sending.references, owner, form);
      const kept: OpenForm = { form, conversations };
      await keepsakes.keep(`form:${id}`, Buffer.from(JSON.stringify(kept)), openForMs);
      const until = clock.now().getTime() + openForMs;
      const key = { form: id, until, token: signer.sign(signed(owner, id), until) };
      return renderForm({ form, key, conversations, errors }, await contextFor(sending, form));
    },
    async read(owner, { form: id, until, token }) {
      if (!signer.valid(signed(owner, id), until, token, clock.now().getTime())) return undefined;
      const kept = await keepsakes.read(`form:${id}`);
      // Written by us: a form of an older build is over within minutes of an update.
      return kept && (JSON.parse(Buffer.from(kept).toString(), withDates) as OpenForm);
    },
  };
}

/** Only times of a text are named so. */
function withDates(key: string, value: unknown): unknown {
  return key === 'at' && typeof value === 'string' ? new Date(value) : value;
}

async function conversationsFor(
  references: ChatReferences,
  { tenant }: Owner,
  { fields }: Form,
): Promise<readonly Option[]> {
  if (!fields.some(({ field }) => field === 'conversations')) return [];
  const known = await references.conversations(tenant);
  return known.map(({ conversation, name, kind }) => ({
    value: conversation,
    label: name ?? (kind === 'group' ? 'A group chat' : 'A channel'),
  }));
}
