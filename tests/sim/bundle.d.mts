/** Bundles the simulator into `outDir`; resolves to the module's path. */
export function bundle(outDir: string, cheap: boolean): Promise<string>;
