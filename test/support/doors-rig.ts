import { chatDoors } from '../../src/app/chat-doors.ts';
import type { DispatchDeps } from '../../src/app/commands/dispatch.ts';
import { formHandlers } from '../../src/app/forms/registry.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { ChatDelivery, Delivered, Destination, MessageHandle } from '../../src/ports/chat.ts';
import type { Form, FormValues } from '../../src/ports/form.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { commandRig } from './command-rig.ts';

/** What was shown, in order; forms open and fill as on a platform that is in time. */
export class RecordingDelivery implements ChatDelivery {
  readonly sent: { readonly handle: MessageHandle; readonly reply: Reply }[] = [];
  readonly posted: { readonly to: Destination; readonly reply: Reply; readonly key: string }[] = [];
  readonly opened: Form[] = [];
  readonly filled: Form[] = [];
  onPost: () => Promise<Delivered> = async () => ({ result: 'sent', handle: { platform: 'slack' } });

  async send(handle: MessageHandle, reply: Reply): Promise<Delivered> {
    this.sent.push({ handle, reply });
    return { result: 'sent', handle };
  }

  async post(to: Destination, reply: Reply, key: string): Promise<Delivered> {
    this.posted.push({ to, reply, key });
    return await this.onPost();
  }

  async openForm(opener: MessageHandle, form: Form): Promise<MessageHandle> {
    this.opened.push(form);
    return opener;
  }

  async fillForm(_opened: MessageHandle, form: Form): Promise<boolean> {
    this.filled.push(form);
    return true;
  }
}

/** The doors of the chat over stores in memory; each role is a person of that name. */
export function doorsRig(tasks: readonly SyncTask[], given: Partial<DispatchDeps> = {}) {
  const rig = commandRig(tasks, given);
  const delivery = new RecordingDelivery();
  const background: Promise<void>[] = [];
  let followed = 0;
  let events = 0;
  const doors = chatDoors({
    ...rig.deps,
    forms: formHandlers,
    seen: { first: async () => true, forget: async () => 0 },
    delivery,
    onFollowed: () => {
      followed += 1;
    },
    onHomeUsed: () => {},
    welcomes: { first: async () => false, forget: async () => {} },
    onBackground: (work) => void background.push(work),
  });
  const event = (userId: string) => {
    events += 1;
    const person = { platform: 'slack', tenant: 'T1', userId, name: `The ${userId}` } as const;
    return { id: `e${events}`, person, handle: { platform: 'slack', of: userId } as const };
  };

  /** Typed, or pressed where a form can be opened. */
  async function ask(text: string, userId: string, canOpen: boolean): Promise<void> {
    const opener = canOpen ? { opener: { platform: 'slack', trigger: text } as const } : {};
    await doors.request({ ...event(userId), text, place: { kind: 'direct' }, ...opener });
  }

  return {
    ...rig,
    doors,
    delivery,
    typed: (text: string, userId = 'admin') => ask(text, userId, false),
    /** Presses, and gives the form that is shown in the end. */
    async form(text: string, userId = 'admin'): Promise<Form> {
      await ask(text, userId, true);
      const shown = delivery.filled.at(-1) ?? delivery.opened.at(-1);
      if (!shown) throw new Error(`no form was shown for ${text}`);
      return shown;
    },
    async submit(form: Form, values: FormValues, userId = 'admin') {
      const answer = await doors.submit({ ...event(userId), form: form.form, values, context: form.context });
      await Promise.all(background.splice(0));
      return answer;
    },
    followings: () => followed,
  };
}

/** What a form holds when it is shown: submitted as it is, nothing changes. */
export function valuesOf({ fields }: Form): FormValues {
  const values: { [field: string]: string | readonly string[] } = {};
  for (const field of fields) {
    if (field.field === 'words' || field.field === 'actions') continue;
    if ('values' in field) values[field.id] = field.values;
    else if (field.value !== undefined) values[field.id] = String(field.value);
  }
  return values;
}

/** Everything that a form says, as one text. */
export function formWords({ title, submit, fields }: Form): string {
  const ofField = (field: Form['fields'][number]): string => {
    if (field.field === 'words')
      return field.text
        .map((part) => {
          if (part.part === 'time') return part.at.toISOString();
          if (part.part === 'person') return part.name === undefined ? part.key : `@${part.name}`;
          return part.part === 'link' ? part.label : part.text;
        })
        .join('');
    if (field.field === 'actions') return field.actions.map(({ label }) => `[${label}]`).join(' ');
    return [field.label, field.hint ?? ''].join('\n');
  };
  return [title, ...fields.map(ofField), submit ?? ''].join('\n');
}
