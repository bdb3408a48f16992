import { z } from 'zod';
import { cut } from '../../domain/text.ts';
import { disableIntegration } from '../commands/disable-integration.ts';
import { reasonAtMost, reasonField } from './disable-integration-form.ts';
import { notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';

export const disableIntegrationHandler: FormHandler = {
  form: 'disable-integration',
  role: 'admin',
  async submit(submission, asker, deps) {
    const mine = readContext(submission, z.object({}));
    if (!mine) return { answer: notYours('disable-integration', 'integration disable') };
    const typed = submission.values[reasonField];
    const reason = typeof typed === 'string' ? cut(typed.trim(), reasonAtMost) : '';
    const { reply, ...after } = await disableIntegration(deps, asker, reason);
    return { answer: { result: 'closed', reply }, ...after };
  },
};
