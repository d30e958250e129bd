/** The browser's own question whether to install, kept until it is wanted: it may be told before anything is loaded. */
export interface InstallPrompt extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

let kept: InstallPrompt | null = null;
const listeners = new Set<() => void>();

/** To be called first of all. */
export function catchInstallPrompt(page: Window): void {
  page.addEventListener('beforeinstallprompt', (event) => {
    // The browser's own banner would come on the first visit.
    event.preventDefault();
    set(event as InstallPrompt);
  });
  page.addEventListener('appinstalled', () => {
    set(null);
  });
}

export function installPrompt(): InstallPrompt | null {
  return kept;
}

/** It can be shown once. */
export function useInstallPrompt(): InstallPrompt | null {
  const prompt = kept;
  set(null);
  return prompt;
}

/** Calls back when there is one, or none any more. Returns the unsubscriber. */
export function onInstallPrompt(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(prompt: InstallPrompt | null): void {
  kept = prompt;
  for (const listener of listeners) listener();
}
