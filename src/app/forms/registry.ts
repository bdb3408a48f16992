import { disableIntegrationHandler } from './disable-integration-handler.ts';
import { disconnectHandler } from './disconnect-handler.ts';
import type { FormHandler } from './form-handler.ts';
import { massDeletionHandler } from './mass-deletion-handler.ts';
import { newTaskHandler } from './new-task-handler.ts';
import { planTaskHandler } from './plan-task-handler.ts';
import { pushProjectHandler } from './push-project-handler.ts';
import { settingsHandler } from './settings-handler.ts';
import { setupForm } from './setup.ts';
import { statusesHandler } from './statuses-handler.ts';
import { writeSwitchHandler } from './write-switch-handler.ts';

/** Every form that can be submitted. */
export const formHandlers: readonly FormHandler[] = [
  settingsHandler,
  setupForm,
  disconnectHandler,
  disableIntegrationHandler,
  massDeletionHandler,
  writeSwitchHandler,
  planTaskHandler,
  newTaskHandler,
  pushProjectHandler,
  statusesHandler,
];
