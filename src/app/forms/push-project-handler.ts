import { z } from 'zod';
import { pushNow } from '../commands/push-now.ts';
import type { PushChoice } from '../push-choice.ts';
import { insteadOf, notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';

const contextSchema = z.object({ id: z.string(), version: z.number() });

export const pushProjectHandler: FormHandler = {
  form: 'push-project',
  role: 'admin',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('push-project', 'push <plan project>') };
    const [record] = await deps.planner.recordsById('project', [context.id]);
    if (!record || record.deleted)
      return {
        answer: insteadOf('push-project', 'Nothing was made: this project is not in the plan any more.'),
      };
    const typed = (field: keyof PushChoice) => String(submission.values[field] ?? '').trim();
    const choice = {
      board: typed('board'),
      company: typed('company'),
      start: typed('start'),
      end: typed('end'),
    };
    const pushed = await pushNow(deps, asker, record, choice);
    if ('errors' in pushed) return { answer: { result: 'errors', errors: { ...pushed.errors } } };
    const { reply, ...after } = pushed;
    return { answer: { result: 'closed', ...(reply ? { reply } : {}) }, ...after };
  },
};
