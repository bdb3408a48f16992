import { archive, unarchive } from './archive.ts';
import type { Command } from './command.ts';
import { deletions } from './deletions.ts';
import { disable } from './disable.ts';
import { disconnect } from './disconnect.ts';
import { enable } from './enable.ts';
import { helpCommand } from './help.ts';
import { importProject } from './import.ts';
import { integration } from './integration.ts';
import { logs } from './logs.ts';
import { restore } from './restore.ts';
import { status } from './status.ts';
import { sync } from './sync.ts';
import { tasks } from './tasks.ts';

/** Every command, in the order in which help tells them. */
export const commands: readonly Command[] = [
  status,
  sync,
  tasks,
  logs,
  enable,
  disable,
  deletions,
  restore,
  integration,
  importProject,
  archive,
  unarchive,
  disconnect,
  helpCommand(() => commands),
];
