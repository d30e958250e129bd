/** Everything happens in the browser; the build writes one empty page a route. */
export const ssr = false;
export const prerender = true;
