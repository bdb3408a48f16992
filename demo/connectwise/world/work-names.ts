import type { Random } from './random.ts';

export const PHASE_NAMES = [
  'Discovery',
  'Design',
  'Procurement',
  'Pilot',
  'Build',
  'Migration',
  'Cut-over',
  'Training',
  'Hypercare',
  'Close-out',
  'Security review',
  'Documentation',
] as const;

export const SUB_PHASE_NAMES = ['Head office', 'Branch offices', 'Wave 1', 'Wave 2', 'Remote staff'] as const;

const VERBS = [
  'Configure',
  'Review',
  'Document',
  'Test',
  'Migrate',
  'Order',
  'Install',
  'Decommission',
  'Agree with customer:',
  'Fix findings of',
] as const;

const THINGS = [
  'mailboxes',
  'firewall rules',
  'DNS records',
  'conditional access',
  'backup jobs',
  'switch stack',
  'shared drives',
  'admin accounts',
  'phone numbers',
  'access points',
  'retention policy',
  'monitoring agents',
  'user guides',
  'licences',
  'VPN tunnels',
] as const;

const PLACES = [
  'head office',
  'warehouse',
  'branch Leeds',
  'branch Graz',
  'finance',
  'sales',
  'wave 1',
  'wave 2',
  'all sites',
] as const;

export function ticketSummary(random: Random): string {
  return `${random.pick(VERBS)} ${random.pick(THINGS)} – ${random.pick(PLACES)}`;
}

const COMPLAINTS = [
  'Printer on floor 2 offline',
  'Cannot sign in after holiday',
  'Outlook asks for password again and again',
  'New starter on Monday',
  'Laptop screen flickers',
  'Phone has no dial tone',
] as const;

export function serviceSummary(random: Random): string {
  return random.pick(COMPLAINTS);
}
