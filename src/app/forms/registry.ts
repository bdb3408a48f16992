import { disableIntegrationHandler } from './disable-integration-handler.ts';
import { disconnectHandler } from './disconnect-handler.ts';
import type { FormHandler } from './form-handler.ts';
import { massDeletionHandler } from './mass-deletion-handler.ts';
import { settingsHandler } from './settings-handler.ts';
import { setupForm } from './setup.ts';

/** Every form that can be submitted. */
export const formHandlers: readonly FormHandler[] = [
  settingsHandler,
  setupForm,
  disconnectHandler,
  disableIntegrationHandler,
  massDeletionHandler,
];
