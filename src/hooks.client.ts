import { startLocale } from '$lib/ui/i18n/locale.ts';
import { takeFragment } from '$lib/ui/arrival.ts';
import { catchInstallPrompt } from '$lib/ui/install-prompt.ts';
import { readPreferences, showPreferences } from '$lib/ui/preferences.ts';
import { takeShared } from '$lib/ui/shared.ts';

// This module runs before the router reads the address: the only place early enough to hide an invitation from it.
takeFragment(location, history);
takeShared(location, history);
catchInstallPrompt(window);
const preferences = readPreferences(() => localStorage);
showPreferences(document, preferences);
startLocale(document.documentElement, [preferences.language, ...navigator.languages]);
