import type { IconName } from './icons.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  /** A line above it, and its heading: what follows belongs together. */
  readonly heading?: string;
  /** The choice in force. */
  readonly current?: boolean;
  readonly act: () => void;
}

/** Where a menu opens: at its button, or at the point that was pressed. */
export type MenuAnchor = HTMLElement | { readonly x: number; readonly y: number };
