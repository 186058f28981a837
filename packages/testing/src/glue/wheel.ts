import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { python } from "@unparquet/local/lib/paths";

const writeWheel = `
import io, sys, zipfile
name, code = sys.argv[1:]
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as wheel:
    wheel.writestr(f"{name}.py", code)
    info = f"{name}-1.0.dist-info"
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
sys.stdout.buffer.write(buffer.getvalue())
`;

/** Builds a wheel, version 1.0, with one module. */
export async function wheelOf(name: string, code: string): Promise<Uint8Array> {
  const { stdout } = await promisify(execFile)(python, ["-c", writeWheel, name, code], {
    encoding: "buffer",
  });
  return stdout;
}
