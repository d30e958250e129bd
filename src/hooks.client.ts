import { startLocale } from '$lib/ui/i18n/locale.ts';
import { takeFragment } from '$lib/ui/arrival.ts';

// This module runs before the router reads the address: the only place early enough to hide an invitation from it.
takeFragment(location, history);
startLocale(document.documentElement, navigator.languages);
