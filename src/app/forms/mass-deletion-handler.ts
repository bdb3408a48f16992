import { z } from 'zod';
import { applyDeletions } from '../commands/apply-deletions.ts';
import { frozenRecords } from '../commands/frozen-records.ts';
import { answeredAlreadyReply } from '../replies/deletions.ts';
import { insteadOf, notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';
import { massDeletionForm } from './mass-deletion-form.ts';

const contextSchema = z.object({ taskId: z.string(), waiting: z.number() });

export const massDeletionHandler: FormHandler = {
  form: 'mass-deletion',
  role: 'operator',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('mass-deletion', 'deletions <project>') };
    const seen = await deps.tasks.get(context.taskId);
    if (!seen || seen.task.link.state === 'disconnected') {
      return { answer: insteadOf('mass-deletion', 'This project is no longer synced: nothing is deleted.') };
    }
    const { task } = seen;
    const frozen = await frozenRecords(deps, task.projectId);
    if (frozen.open.length === 0) {
      return { answer: { result: 'closed', reply: answeredAlreadyReply({ task, ...frozen }) } };
    }
    // What was agreed to is what was shown.
    if (frozen.open.length !== context.waiting) {
      const form = massDeletionForm({ person: asker.person, task, open: frozen.open, changed: true });
      return { answer: { result: 'replaced', form } };
    }
    const { reply, ...after } = await applyDeletions(task, asker, deps);
    return { answer: { result: 'closed', ...(reply ? { reply } : {}) }, ...after };
  },
};
