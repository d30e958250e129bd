/**
 * iOS lays its keyboard over the page instead of shrinking it: the app takes the height that is really visible.
 * Elsewhere the page shrinks by itself (interactive-widget in app.html) and both heights are the same.
 */
export function followViewport(): () => void {
  const visible = window.visualViewport;
  if (visible === null) return () => undefined;
  const root = document.documentElement;
  const follow = (): void => {
    // Zoomed by two fingers, the visible part is not the height of the page.
    const covered = visible.scale === 1 && innerHeight - visible.height > 1;
    if (covered) root.style.setProperty('--viewport', `${String(visible.height)}px`);
    else root.style.removeProperty('--viewport');
    if (covered) window.scrollTo(0, 0);
  };
  visible.addEventListener('resize', follow);
  follow();
  return () => {
    visible.removeEventListener('resize', follow);
  };
}
