/** The set-up of the simulated tenant: what an administrator made once, before the first project. */

type BoardSeed = {
  readonly name: string;
  readonly projectFlag: boolean;
  /** In the order of the board; a leading `>` is how many tenants name a closed status. */
  readonly open: readonly string[];
  readonly closed: readonly string[];
};

export const BOARD_SEEDS: readonly BoardSeed[] = [
  {
    name: 'Projects',
    projectFlag: true,
    open: ['New', 'Scheduled', 'In Progress', 'Waiting Customer', 'On Hold'],
    closed: ['Completed', '>Closed'],
  },
  {
    name: 'Cloud Projects',
    projectFlag: true,
    open: ['New', 'Assigned', 'Work in progress', 'Waiting for vendor', 'In review'],
    closed: ['Done', 'Cancelled'],
  },
  {
    name: 'Security & Compliance',
    projectFlag: true,
    open: ['New (not triaged)', 'Planned', 'In Progress', 'Evidence needed'],
    closed: ['Closed'],
  },
  {
    name: 'Service Desk',
    projectFlag: false,
    open: ['New', 'Assigned', 'In Progress', 'Waiting Customer Response'],
    closed: ['Resolved', '>Closed'],
  },
];

export const PROJECT_STATUS_SEEDS = [
  { name: 'Open', closed: false },
  { name: 'In Progress', closed: false },
  { name: 'On-Hold', closed: false },
  { name: 'Closed', closed: true },
  { name: 'Cancelled', closed: true },
] as const;

export const PHASE_STATUS_SEEDS = [
  { name: 'Open', closed: false },
  { name: 'In Progress', closed: false },
  { name: 'Completed', closed: true },
] as const;

export const PRIORITIES = [
  { id: 1, name: 'Priority 1 - Critical' },
  { id: 2, name: 'Priority 2 - High' },
  { id: 3, name: 'Priority 3 - Medium' },
  { id: 4, name: 'Priority 4 - Low' },
] as const;

export const COMPANY_ACTIVE = { id: 1, name: 'Active' } as const;

/** The member that API keys belong to. */
export const API_MEMBER = 'cwsync-api';

export const PEOPLE = [
  { identifier: 'areyes', firstName: 'Ana', lastName: 'Reyes' },
  { identifier: 'mlindqvist', firstName: 'Mikael', lastName: 'Lindqvist' },
  { identifier: 'pnair', firstName: 'Priya', lastName: 'Nair' },
  { identifier: 'tbecker', firstName: 'Tom', lastName: 'Becker' },
  { identifier: 'zmueller', firstName: 'Zoë', lastName: 'Müller' },
  { identifier: 'ohaddad', firstName: 'Omar', lastName: 'Haddad' },
  { identifier: 'gokafor', firstName: 'Grace', lastName: 'Okafor' },
  { identifier: 'lwalsh', firstName: 'Liam', lastName: 'Walsh' },
  { identifier: 'ytanaka', firstName: 'Yuki', lastName: 'Tanaka' },
  { identifier: 'epetrova', firstName: 'Elena', lastName: 'Petrova' },
  { identifier: 'scarter', firstName: 'Sam', lastName: 'Carter' },
  { identifier: 'cdubois', firstName: 'Chloé', lastName: 'Dubois' },
] as const;

/** Who has left the firm, but still owns old tickets. */
export const FORMER_PERSON = 'cdubois';

export const COMPANY_NAMES = [
  'Contoso',
  'Fabrikam',
  'Northwind Traders',
  'Tailspin Toys',
  'Adventure Works',
  'Wide World Importers',
  'Litware',
  'Proseware',
  'Woodgrove Bank',
  'Coho Winery',
  'Lucerne Publishing',
  'Alpine Ski House',
  'Bellows College',
  'Humongous Insurance',
  "Margie's Travel",
  'Fourth Coffee',
  'Graphic Design Institute',
  'Trey Research',
  'VanArsdel',
  'Müller & Söhne',
  'Ångström Dental',
  'City Power & Light',
  'School of Fine Art',
  'Consolidated Messenger',
] as const;

export const CITIES = ['Tampa', 'Leeds', 'Graz', 'Utrecht', 'Porto', 'Adelaide', 'Halifax', 'Malmö'] as const;
