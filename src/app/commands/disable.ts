import type { Command } from './command.ts';
import { stopProject } from './stop-project.ts';

export const disable: Command = {
  name: 'disable',
  needs: () => ['projects'],
  role: 'operator',
  usage: 'disable <project> [reason]',
  summary: 'Stops a project from syncing until it is enabled again; nothing is deleted.',
  examples: ['disable "Contoso – Office move" waiting for the customer'],
  options: {},
  run: (invocation, asker, deps) =>
    stopProject(
      {
        name: 'disable',
        role: 'operator',
        done: 'disabled',
        next: 'It does not sync until it is enabled again; then it goes on where it was. Nothing is deleted.',
        back: (project) => ({ label: 'Enable', command: `enable ${project}` }),
      },
      invocation,
      asker,
      deps,
    ),
};
