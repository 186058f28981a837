import "./no-jit.ts";

export { Options } from "@unparquet/core/conversion/options";
