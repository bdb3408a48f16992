import { doctorReply } from '../replies/doctor.ts';
import type { Command } from './command.ts';

export const doctor: Command = {
  name: 'doctor',
  role: 'admin',
  usage: 'doctor',
  summary: 'Checks keys, rights, clocks, chat, database, disk and worker, each with what to do.',
  examples: ['doctor'],
  options: {},
  async run(_invocation, _asker, deps) {
    return { reply: doctorReply(await deps.doctor()) };
  },
};
