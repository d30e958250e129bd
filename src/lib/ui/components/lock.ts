/** What is done to a lock in the settings. */
export type LockTask = 'set' | 'change' | 'remove' | 'panic' | 'add-passkey' | 'remove-passkey';
