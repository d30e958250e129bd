/** Made by vite.config.ts with pack.ts. */
declare module 'virtual:emoji' {
  const packed: string;
  export default packed;
}
