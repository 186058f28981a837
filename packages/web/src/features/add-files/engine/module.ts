import moduleUrl from "../../../../../../glue/wasm/unparquet.wasm?url";
import { fetchPart } from "../../../components/fetch-part.ts";

let engineModule: Promise<WebAssembly.Module> | undefined;

/** The engine, compiled once. Throws MissingPartError. */
export async function fetchModule(): Promise<WebAssembly.Module> {
  try {
    engineModule ??= fetchPart(() => WebAssembly.compileStreaming(fetch(moduleUrl)));
    return await engineModule;
  } catch (error) {
    engineModule = undefined;
    throw error;
  }
}
