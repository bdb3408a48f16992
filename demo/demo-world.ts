import type { WorldSize } from './connectwise/world/world-options.ts';

/**
 * The company of the demo. Two who manage projects there have the e-mail addresses of people in the Slack window, by
 * which `status --mine` finds their projects.
 */
export const demoWorld = {
  seed: 7,
  projects: 12,
  tickets: 40,
  spread: 0.5,
  emails: { zmueller: 'vera.viewer@example.com', areyes: 'alex.admin@example.com' },
} as const satisfies WorldSize;
