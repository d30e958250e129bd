/** As a search compares: without case and accents, so that "eloise" finds "Éloïse". */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
