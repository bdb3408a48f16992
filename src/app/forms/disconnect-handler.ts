import { z } from 'zod';
import { disconnectForGood } from '../commands/disconnect-project.ts';
import { about } from '../commands/subject.ts';
import { disconnectField, isItsName, nameToType } from './disconnect-form.ts';
import { insteadOf, notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';

const contextSchema = z.object({ taskId: z.string() });

export const disconnectHandler: FormHandler = {
  form: 'disconnect',
  role: 'admin',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('disconnect', 'disconnect <project>') };
    const seen = await deps.tasks.get(context.taskId);
    if (!seen) return { answer: insteadOf('disconnect', 'This project is no longer linked.') };
    const { task } = seen;
    const typed = submission.values[disconnectField];
    if (task.link.state !== 'disconnected' && !(typeof typed === 'string' && isItsName(typed, task))) {
      const words = `That is not its exact name: ${nameToType(task)}`;
      return {
        answer: { result: 'errors', errors: { [disconnectField]: words } },
        audited: { ...about(task), outcome: 'refused: the name does not match' },
      };
    }
    const { reply, ...after } = await disconnectForGood(task, asker, deps);
    return { answer: { result: 'closed', reply }, ...after };
  },
};
