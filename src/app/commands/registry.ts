import type { Command } from './command.ts';
import { disable } from './disable.ts';
import { enable } from './enable.ts';
import { helpCommand } from './help.ts';
import { logs } from './logs.ts';
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
  helpCommand(() => commands),
];
