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
    const mask = 'linear-gradient(100deg, transparent 0 33%, black 60% 100%)';
    const options: KeyframeAnimationOptions = {
      delay: Math.max(0, left - length),
      duration: length,
      fill: 'forwards',
      easing: 'ease-in'
    };
    const whole = { maskImage: mask, maskSize: '300% 100%', visibility: 'visible' };
    const animation = element.animate(
      calm
        ? [{ visibility: 'visible' }, { visibility: 'hidden' }]
        : [
            { ...whole, maskPosition: '100% 0', blockSize: `${String(height)}px`, offset: 0 },
            { ...whole, maskPosition: '0 0', blockSize: `${String(height)}px`, opacity: 0.6, offset: 0.65 },
            { ...whole, maskPosition: '0 0', blockSize: '0', opacity: 0, marginBlock: '0', offset: 1 }
          ],
      options
    );
    // Beyond the animation's end nothing is visible, whatever the mask says.
    const hidden = element.animate([{ visibility: 'hidden' }, { visibility: 'hidden' }], {
      delay: Math.max(0, left),
      duration: 1,
      fill: 'forwards'
    });
    return () => {
      animation.cancel();
      hidden.cancel();
    };
  };
}

/** A finger that rests 450 ms on one place; a mouse has its right button. */
export function longPress(act: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    const stop = (): void => {
      clearTimeout(timer);
    };
    const down = (event: PointerEvent): void => {
      stop();
      if (event.pointerType !== 'touch' || !event.isPrimary) return;
      start = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        if ('vibrate' in navigator) navigator.vibrate(10);
        act(start);
      }, 450);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10) stop();
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    element.addEventListener('pointerdown', down, options);
    element.addEventListener('pointermove', move, options);
    element.addEventListener('pointerup', stop, options);
    element.addEventListener('pointercancel', stop, options);
    element.addEventListener('contextmenu', stop, options);
    return () => {
      stop();
      listening.abort();
    };
  };
}
