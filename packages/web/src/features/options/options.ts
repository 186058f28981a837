import "./no-jit.ts";

export { Options } from "@unparquet/core/job/options";
