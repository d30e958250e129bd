import type { Attachment } from 'svelte/attachments';

/** How long a message burns: the ink goes from the edge, then the gap closes. */
const burn = 400;

/**
 * A timed message burns away so that the last of it is gone AT its deadline, never after. The animation is set going
 * as soon as the deadline is known and runs on the browser's own clock, so that not even a stalled script paints
 * it late; the row is then taken out by the view model.
 */
export function burning(deadline: number): Attachment<HTMLElement> {
  return (element) => {
    const left = deadline - Date.now();
    // Timers and animations cannot be set further away than about 24 days; the view model renews what is over.
    if (left > 2 ** 31 - 1) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const length = calm ? 1 : Math.min(burn, Math.max(1, left));
    const height = element.offsetHeight;
    const options: KeyframeAnimationOptions = {
      delay: Math.max(0, left - length),
      duration: length,
      fill: 'forwards',
      easing: 'ease-in'
    };
    const animations: Animation[] = [];
    if (calm) {
      animations.push(element.animate([{ visibility: 'visible' }, { visibility: 'hidden' }], options));
    } else {
      const ink = {
        maskImage: 'linear-gradient(100deg, transparent 0 33%, black 60% 100%)',
        maskSize: '300% 100%',
        maskClip: 'no-clip'
      };
      const open = { blockSize: `${String(height)}px` };
      animations.push(
        element.animate(
          [open, { ...open, offset: 0.65 }, { blockSize: '0', marginBlock: '0', opacity: 0 }],
          options
        )
      );
      for (const bubble of element.querySelectorAll(':scope > :not(button)')) {
        animations.push(
          bubble.animate(
            [
              { ...ink, maskPosition: '100% 0' },
              { ...ink, maskPosition: '35% 0', color: 'var(--ember)', offset: 0.35 },
              { ...ink, maskPosition: '0 0', color: 'var(--ember)', offset: 0.7 },
              { ...ink, maskPosition: '0 0', color: 'var(--ember)' }
            ],
            options
          )
        );
      }
    }
    // From the deadline on nothing is visible, whatever the mask says.
    const after = { delay: Math.max(0, left), duration: 1, fill: 'forwards' } as const;
    animations.push(element.animate([{ visibility: 'hidden' }, { visibility: 'hidden' }], after));
    return () => {
      for (const animation of animations) animation.cancel();
    };
  };
}

const tallest = 6;

/** A field as high as its words, up to six lines. The text is asked for so that every change of it is followed. */
export function growing(text: () => string): Attachment<HTMLTextAreaElement> {
  return (element) => {
    const style = getComputedStyle(element);
    const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    element.style.height = 'auto';
    const lines = parseFloat(style.lineHeight) * (text() === '' ? 1 : tallest);
    element.style.height = `${String(Math.min(element.scrollHeight, lines + padding))}px`;
  };
}
