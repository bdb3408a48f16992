import { z } from 'zod';
import { switchWriting } from '../commands/settings-write.ts';
import { notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';

export const writeSwitchHandler: FormHandler = {
  form: 'write-switch',
  role: 'admin',
  async submit(submission, asker, deps) {
    const mine = readContext(submission, z.object({}));
    if (!mine) return { answer: notYours('write-switch', 'settings write on') };
    const { reply, ...after } = await switchWriting(true, asker, deps);
    return { answer: { result: 'closed', ...(reply ? { reply } : {}) }, ...after };
  },
};
